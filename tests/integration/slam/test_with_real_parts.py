"""Slam as a process of its own, with a real Kafka, PostgreSQL and issuer."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from embedded.keys import Keys
from embedded.places import Places, places
from embedded.services import ADMINS
from embedded.system import System
from embedded.tokens import Wanted, mint
from shared.contracts.agreements import AgreementChanged
from shared.contracts.envelope import headers_of, known_types, read, value_of
from shared.contracts.streams import AGREEMENTS, SITES
from shared.contracts.topology import Json
from shared.contracts.vocabulary import Principal
from tests.support.builders import a_site, an_envelope
from tests.support.waiting import eventually, soon

GROUP = "biomed/users"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    empty = tmp_path_factory.mktemp("federation")
    (empty / "agreements").mkdir()
    (empty / "sites").mkdir()
    where = Places(tmp_path_factory.mktemp("system") / "var", places().cache)
    with System(where, usual_ports=False, temporary=True, federation=empty) as running:
        running.postgres()
        running.kafka()
        running.issuer()
        running.wait_ready()
        running.service("slam")
        running.wait_ready("slam")
        yield running


def somebody(system: System, subject: str, *groups: str) -> httpx.Client:
    token = mint(system.urls["issuer"], Keys(system.issuer_keys).issuer(), Wanted(subject, groups))
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=system.urls["slam"], headers=headers, trust_env=False, timeout=30)


async def describe_cineca(system: System) -> None:
    owner = Principal(issuer=system.urls["issuer"], subject="owen")
    told = an_envelope(a_site("cineca").model_copy(update={"owners": (owner,)}))
    async with AIOKafkaProducer(bootstrap_servers=system.kafka(), acks="all") as producer:
        key, headers = told.body.key.encode(), list(headers_of(told))
        await producer.send_and_wait(SITES.topic, value_of(told), key=key, headers=headers)


async def told_of(system: System, agreement: str) -> list[str]:
    """The states told of an agreement, as a consumer has them: an event that comes twice counts once."""
    consumer = AIOKafkaConsumer(
        AGREEMENTS.topic, bootstrap_servers=system.kafka(), auto_offset_reset="earliest", group_id=None
    )
    found: dict[str, str] = {}
    async with consumer:
        while records := await consumer.getmany(timeout_ms=1000):
            for record in (record for batch in records.values() for record in batch):
                envelope = read(record.headers, record.value, known_types(AGREEMENTS))
                if envelope and isinstance(envelope.body, AgreementChanged) and envelope.body.agreement == agreement:
                    found[envelope.id] = envelope.body.state.value
    return list(found.values())


def terms(**more: Json) -> dict[str, Json]:
    return {
        "group": GROUP,
        "site": "cineca",
        "starts": (datetime.now(UTC) - timedelta(days=1)).isoformat(),
        "targets": [{"type": "num_cpus", "total_limit": 64}],
    } | more


async def test_an_agreement_is_made_by_two_sides_and_told_on_the_bus(system: System) -> None:
    await describe_cineca(system)
    with somebody(system, "anna", GROUP, f"{GROUP}/managers") as anna, somebody(system, "owen") as owen:
        made = anna.post("/agreements", json={"terms": terms()})
        assert made.status_code == 201, made.text
        path = made.headers["location"]
        assert anna.post(f"{path}/send", json={"revision": 1}).json()["status"] == "sent"
        soon(lambda: owen.get(path).status_code == 200, what="the owner is known")
        assert owen.post(f"{path}/accept", json={"revision": 2}).json()["state"] == "active"
        assert anna.get(path, headers={"Authorization": ""}).status_code == 401
        old = anna.get(f"/rest/slam/preferences/{GROUP}").json()
        metrics = anna.get("/metrics").text
    assert [sla["provider"] for sla in old["sla"]] == ["cineca"]

    async def three() -> bool:
        return await told_of(system, path.rpartition("/")[2]) == ["draft", "sent", "active"]

    await eventually(three, what="three facts on the bus")
    assert 'corale_agreements{state="active"} 1.0' in metrics


async def test_an_end_that_passes_while_slam_is_dead_is_told_once_when_it_is_back(system: System) -> None:
    await describe_cineca(system)
    with somebody(system, "ada", ADMINS) as ada:
        soon(lambda: ada.get("/health/ready").status_code == 200, within=30)
        ends = datetime.now(UTC) + timedelta(seconds=3)
        made = ada.post("/agreements", json={"signed": True, "terms": terms(ends=ends.isoformat())})
        assert made.json()["state"] == "expiring", made.text
        path = made.headers["location"]
        system.kill("slam")
        soon(lambda: datetime.now(UTC) > ends, within=10, what="the end")
        for _ in range(2):
            system.start("slam")
            system.wait_ready("slam")
            soon(lambda: ada.get(path).json()["state"] == "expired")

            async def once() -> bool:
                return await told_of(system, path.rpartition("/")[2]) == ["expiring", "expired"]

            await eventually(once, what="one end on the bus")
            system.kill("slam")
        system.start("slam")
        system.wait_ready("slam")
