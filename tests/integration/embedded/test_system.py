"""The real parts: Apache Kafka, PostgreSQL, the issuer and the Infrastructure Manager."""

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import UnknownTopicOrPartitionError

from embedded.keys import Keys
from embedded.places import Places, places
from embedded.system import System
from embedded.tokens import Wanted, mint
from tests.support.waiting import soon

MACHINE = """
tosca_definitions_version: tosca_simple_yaml_1_0
topology_template:
  node_templates:
    machine:
      type: tosca.nodes.Compute
      capabilities:
        host: {properties: {num_cpus: 1, mem_size: 1 GB}}
        endpoint: {properties: {network_name: PUBLIC}}
  outputs:
    address: {value: {get_attribute: [machine, public_address]}}
"""
RADL = """
network n (outbound = 'yes')
system s (cpu.count = 1 and net_interface.0.connection = 'n' and disk.0.image.url = 'mock0://c/IMAGE')
deploy s 1
"""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    where = Places(tmp_path_factory.mktemp("system") / "var", places().cache)
    with System(where, usual_ports=False, temporary=True) as running:
        running.postgres()
        running.kafka()
        running.im()
        running.wait_ready()
        yield running
        family = [psutil.Process(process.pid) for process in running.processes.values()]
        family += [child for parent in family for child in parent.children(recursive=True)]
    assert not [member for member in family if member.is_running() and member.status() != psutil.STATUS_ZOMBIE]


def token(system: System, user: str = "alice", ttl: int = 600) -> str:
    return mint(system.urls["issuer"], Keys(system.issuer_keys).issuer(), Wanted(user, ("users",), ttl=ttl))


def im(system: System, user: str = "alice", ttl: int = 600) -> httpx.Client:
    lines = f"id = im; type = InfrastructureManager; token = {token(system, user, ttl)}\\nid = dummy; type = Dummy"
    headers = {"Authorization": lines, "Accept": "application/json"}
    return httpx.Client(base_url=system.urls["im"], headers=headers, trust_env=False, timeout=30)


def create(client: httpx.Client, body: str, media: str) -> str:
    answer = client.post("/infrastructures", params={"async": "true"}, content=body, headers={"Content-Type": media})
    assert answer.status_code == 200, answer.text
    return f"/infrastructures/{answer.headers['InfID']}"


def becomes(client: httpx.Client, path: str, state: str) -> None:
    soon(lambda: client.get(f"{path}/state").json()["state"]["state"] == state, within=30, what=f"the state {state}")


def test_an_infrastructure_comes_with_its_outputs_and_goes_without_a_trace(system: System) -> None:
    with im(system) as client:
        path = create(client, MACHINE, "text/yaml")
        becomes(client, path, "configured")
        assert client.get(f"{path}/outputs").json()["outputs"]["address"].startswith("127.2.0.")
        assert len(client.get("/infrastructures").json()["uri-list"]) == 1
        assert client.delete(path).status_code == 200
        assert client.get("/infrastructures").json() == {"uri-list": []}


@pytest.mark.parametrize(
    ("image", "state", "says"),
    [
        ("fail-launch", "failed", "quota exceeded"),
        ("fail-later", "failed", "went to error"),
        ("fail-ctxt", "unconfigured", "contextualization failed"),
        ("slow", "configured", ""),
    ],
)
def test_an_image_orders_its_machines_trouble(system: System, image: str, state: str, says: str) -> None:
    with im(system) as client:
        path = create(client, RADL.replace("IMAGE", image), "text/plain")
        becomes(client, path, state)
        assert says in client.get(f"{path}/contmsg").json()["contmsg"]
        assert client.delete(path).status_code == 200


def test_a_machine_that_cannot_be_deleted_stays_until_it_is_forced(system: System) -> None:
    with im(system) as client:
        path = create(client, RADL.replace("IMAGE", "fail-delete"), "text/plain")
        becomes(client, path, "configured")
        assert client.delete(path).status_code == 400
        assert client.delete(path, params={"force": "true"}).status_code == 200


def test_the_manager_lets_in_whom_the_issuer_vouches_for_and_nobody_else(system: System) -> None:
    with im(system, "alice") as alice, im(system, "bob") as bob, im(system, ttl=-60) as late:
        path = create(alice, MACHINE, "text/yaml")
        assert bob.get(f"{path}/state").status_code == 403
        assert late.get("/infrastructures").status_code == 401
        becomes(alice, path, "configured")
        assert alice.delete(path).status_code == 200


def test_the_manager_fetches_nothing_from_elsewhere(system: System) -> None:
    elsewhere = MACHINE.replace(
        "topology_template:", "imports: [x: https://example.org/types.yaml]\ntopology_template:", 1
    )
    with im(system) as client:
        answer = client.post("/infrastructures", content=elsewhere, headers={"Content-Type": "text/yaml"})
    assert answer.status_code == 400
    assert "has no copy of https://example.org/types.yaml" in answer.text


def test_the_issuer_gives_tokens_for_passwords_and_vouches_for_them(system: System) -> None:
    issuer, keys = system.urls["issuer"], Keys(system.issuer_keys)
    form = {"grant_type": "password", "username": "bob", "password": keys.password("oidc-bob")}
    basic = base64.b64encode(f"gateway:{keys.password('oidc-gateway')}".encode()).decode()
    with httpx.Client(base_url=issuer, trust_env=False) as client:
        about = client.get("/.well-known/openid-configuration").json()
        given = client.post(about["token_endpoint"], data=form).json()["access_token"]
        who = client.get(about["userinfo_endpoint"], headers={"Authorization": f"Bearer {given}"}).json()
        seen = client.post(
            about["introspection_endpoint"], data={"token": given}, headers={"Authorization": f"Basic {basic}"}
        ).json()
        assert (who["sub"], who["groups"]) == ("bob", ["users", "developers"])
        assert (seen["active"], seen["iss"]) == (True, issuer)
        assert client.post("/token", data=form | {"password": "guessed"}).status_code == 400
        assert client.post("/token", data=form | {"username": "mallory"}).status_code == 400
        assert client.post("/token", data={"grant_type": "client_credentials"}).status_code == 401
        assert client.get("/userinfo", headers={"Authorization": f"Bearer {given}x"}).status_code == 401
        assert client.post("/introspect", data={"token": given}).status_code == 401


def test_each_service_owns_its_schema_and_cannot_look_into_another(system: System) -> None:
    urls = {owner: url.replace("+asyncpg", "") for owner, url in system.databases().items()}
    with psycopg.connect(urls["ranker"]) as ranker:
        ranker.execute("create table if not exists facts (id int)")
        assert ranker.execute("select schemaname from pg_tables where tablename = 'facts'").fetchone() == ("ranker",)
    with psycopg.connect(urls["slam"]) as slam, pytest.raises(psycopg.errors.InsufficientPrivilege):
        slam.execute("select * from ranker.facts")


async def test_what_was_acknowledged_survives_kill_9_of_kafka_and_of_postgresql(system: System) -> None:
    bootstrap, large = system.kafka(), b"x" * (8 * 1024 * 1024 - 512)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_request_size=9_000_000) as producer:
        await producer.send_and_wait("kept", large)
    url = system.databases()["cmdb"].replace("+asyncpg", "")
    with psycopg.connect(url) as connection:
        connection.execute("create table kept as select 1 as one")
    for part in ("kafka", "postgres"):
        system.kill(part)
        system.start(part)
    system.wait_ready("kafka", "postgres")
    consumer = AIOKafkaConsumer("kept", bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    async with consumer:
        assert (await consumer.getone()).value == large
    with psycopg.connect(url) as connection:
        assert connection.execute("select one from kept").fetchone() == (1,)


async def test_a_topic_that_nobody_made_does_not_appear_by_itself(system: System) -> None:
    async with AIOKafkaProducer(bootstrap_servers=system.kafka(), request_timeout_ms=1000) as producer:
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.partitions_for("nobody-made-this") or await producer.send_and_wait("nobody-made-this", b"x")


def test_state_stays_when_the_system_is_stopped_and_started_again(tmp_path: Path) -> None:
    where = Places(tmp_path / "var", places().cache)
    found = []
    for visit in range(2):
        with System(where, usual_ports=False, durable=True, temporary=visit > 0) as running:
            running.issuer()
            running.wait_ready("issuer")
            url = running.databases()["slam"]
            with psycopg.connect(url.replace("+asyncpg", "")) as connection:
                connection.execute("create table if not exists visits (id int)")
                connection.execute("insert into visits values (1)")
                found.append(
                    (connection.execute("select count(*) from visits").fetchone(), url, running.urls["issuer"])
                )
    assert [count for count, _, _ in found] == [(1,), (2,)]
    assert found[0][1:] == found[1][1:]
    assert not where.var.exists()
    assert not where.outside(where.var / "postgres").exists()
