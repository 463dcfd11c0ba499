"""Users are told where they asked to be told: with every status, in order, signed, and without secrets."""

import asyncio
import contextlib
import ipaddress
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import text

from embedded.keys import Keys
from services.gateway.adapters.callbacks import PostgresDeliveries
from services.gateway.adapters.callbacks_courier import HttpCourier
from services.gateway.adapters.callbacks_keys import CallbackKeys
from services.gateway.adapters.egress import GuardedTransport
from services.gateway.app.callbacks import CallbackLoop
from services.gateway.domain.egress import Address, Allowed
from services.gateway.settings import GatewaySettings
from shared.contracts.between import placeholder
from shared.contracts.deployments import DeploymentCompleted, DeploymentDeleted
from shared.contracts.vocabulary import DeploymentId, Revision
from shared.runtime import clock
from tests.component.gateway.door import ADMINS, Door, a_door, serving, started
from tests.component.gateway.receiver import LOOPBACK, Receiver
from tests.support.waiting import eventually

CANARY = "canary-7f3a91"


class Watch:
    """The time now, and as much later as a test says."""

    def __init__(self) -> None:
        self.later = timedelta()

    def __call__(self) -> datetime:
        return clock.now() + self.later


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    """Somebody who listens, and where."""
    listening = Receiver()
    async with serving(listening.application()) as url:
        yield listening, url


@pytest.fixture
async def open_door(postgres: str, keys: Keys, receiver: tuple[Receiver, str]) -> AsyncIterator[Door]:
    """A gateway that may call this machine, at the receiver's port only."""
    port = int(receiver[1].rpartition(":")[2])
    async with a_door(postgres, keys, callbacks={"private": LOOPBACK, "ports": [port]}) as door:
        yield door


@contextlib.asynccontextmanager
async def telling(
    door: Door, watch: Watch | None = None, *, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[None]:
    """The loop that sends."""
    keys = CallbackKeys([b"k" * 32])
    settings = GatewaySettings.model_validate(door.service.settings)
    courier = HttpCourier(
        Allowed(ports=settings.callbacks.ports, private=settings.callbacks.private), transport=transport
    )
    loop = CallbackLoop(PostgresDeliveries(), courier, keys, database=door.service.database, clock=watch or clock.now)
    task = asyncio.create_task(loop.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await courier.close()


def completed(deployment: str) -> DeploymentCompleted:
    """It stands; one of its outputs is a secret that is in the vault, one a secret that nobody marked."""
    return DeploymentCompleted(
        deployment_id=DeploymentId(deployment),
        revision=Revision(1),
        outputs={"ip": "192.0.2.1", "kubeconfig": placeholder("kubeconfig"), "password": CANARY},
        trials=(),
    )


async def test_a_callback_is_told_every_status_in_order_and_no_secret(
    open_door: Door, receiver: tuple[Receiver, str]
) -> None:
    listening, url = receiver
    async with open_door.client() as alice, telling(open_door):
        deployment = await open_door.create(alice, callback=f"{url}/here")
        await open_door.tell(started(deployment))
        await open_door.tell(completed(deployment))
        await alice.delete(f"/deployments/{deployment}")
        await open_door.tell(DeploymentDeleted(deployment_id=DeploymentId(deployment)))
        await eventually(lambda: _so_many(listening, 4), what="four callbacks")
        await eventually(lambda: _delivered(alice, f"/deployments/{deployment}", 4), what="the record of them")

    statuses = ["CREATE_IN_PROGRESS", "CREATE_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"]
    assert [told["status"] for told in listening.told] == statuses
    assert listening.told[1]["outputs"] == {"ip": "192.0.2.1", "password": "[hidden]"}
    assert all(told["createdBy"]["subject"] == "alice" and told["links"] == [] for told in listening.told)
    assert CANARY not in str(listening.raw)
    assert all("corale-signature" in headers for headers in listening.headers)
    assert len({headers["webhook-id"] for headers in listening.headers}) == 4


async def test_what_is_not_taken_is_told_again_and_nothing_overtakes_it(
    open_door: Door, receiver: tuple[Receiver, str]
) -> None:
    listening, url = receiver
    listening.answers = [500, 302, 204]
    watch = Watch()
    async with open_door.client() as alice, telling(open_door, watch):
        deployment = await open_door.create(alice, callback=f"{url}/here")
        await open_door.tell(completed(deployment))
        for times in (1, 2):
            await eventually(lambda times=times: _tried(open_door, times), what=f"attempt {times}")  # type: ignore[misc]
            watch.later += timedelta(minutes=1)
        await eventually(lambda: _so_many(listening, 4), what="the last callback")

    assert [told["status"] for told in listening.told] == ["CREATE_IN_PROGRESS"] * 3 + ["CREATE_COMPLETE"]
    assert len({headers["webhook-id"] for headers in listening.headers}) == 2


async def test_nobody_is_called_where_nobody_may_be_sent(door: Door) -> None:
    async with door.client() as alice:
        for url in ("http://127.0.0.1/", "http://169.254.169.254/latest", "http://[::1]/", "https://a.example.org:22/"):
            asked = await alice.post("/webhooks", json={"url": url})
            with pytest.raises(AssertionError, match="400"):
                await door.create(alice, callback=url)
            assert asked.status_code == 400
            assert asked.json()["code"] == 400


async def test_a_name_that_leads_to_a_private_address_is_given_up_at_once(door: Door) -> None:
    async with door.client() as alice:
        deployment = await door.create(alice, callback="http://portal.example.org/")
        async with telling(door, transport=GuardedTransport(Allowed(), resolve=_rebound)):
            log = await eventually(lambda: _given_up(alice, deployment), what="giving up")

    assert log["lastProblem"] == "The address 10.0.0.5 is not public."


async def test_a_webhook_hears_of_every_deployment_of_its_owner_and_of_nobody_elses(
    open_door: Door, receiver: tuple[Receiver, str]
) -> None:
    listening, url = receiver
    async with open_door.client() as alice, open_door.client("bob") as bob, telling(open_door):
        made = (await alice.post("/webhooks", json={"url": f"{url}/hook"})).json()
        tested = await alice.post(f"/webhooks/{made['id']}/test")
        await open_door.create(bob)
        mine = await open_door.create(alice)
        await eventually(lambda: _so_many(listening, 2), what="a test and a deployment")
        await eventually(lambda: _delivered(alice, f"/webhooks/{made['id']}", 2), what="the record of both")
        listed = (await alice.get("/webhooks")).json()["content"]
        theirs = (await bob.get("/webhooks")).json()["content"]
        foreign = [await bob.delete(f"/webhooks/{made['id']}"), await bob.post(f"/webhooks/{made['id']}/test")]
        gone = await alice.delete(f"/webhooks/{made['id']}")
        await open_door.create(alice)

    assert made["secret"].startswith("whsec_")
    assert tested.status_code == 202
    assert {"test": True, "webhook": made["id"]} in listening.told
    assert [told["uuid"] for told in listening.told if "uuid" in told] == [mine]
    assert all("webhook-signature" in headers for headers in listening.headers)
    assert [one["id"] for one in listed] == [made["id"]]
    assert "secret" not in str(listed)
    assert theirs == []
    assert [answer.status_code for answer in foreign] == [404, 404]
    assert gone.status_code == 204
    async with open_door.service.database.transaction() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM deliveries")) == 0


async def test_only_the_owner_reads_what_was_told(door: Door) -> None:
    async with door.client() as alice, door.client("bob") as bob, door.client("olga", ADMINS) as olga:
        deployment = await door.create(alice)
        answers = [await who.get(f"/deployments/{deployment}/deliveries") for who in (alice, bob, olga)]
        foreign = await door.client("eve", "others").get(f"/deployments/{deployment}/deliveries")

    assert [answer.status_code for answer in answers] == [200, 403, 403]
    assert foreign.status_code == 404


async def test_the_public_keys_are_there_for_everybody(door: Door) -> None:
    async with door.as_sent({}) as nobody:
        keys = (await nobody.get("/.well-known/jwks.json")).json()["keys"]

    assert [(key["kty"], key["crv"], key["alg"]) for key in keys] == [("OKP", "Ed25519", "Ed25519")]
    assert "d" not in keys[0]


async def _rebound(_host: str, _port: int) -> list[Address]:
    return [ipaddress.ip_address("10.0.0.5")]


async def _so_many(listening: Receiver, number: int) -> bool:
    return len(listening.raw) >= number


async def _delivered(client: httpx.AsyncClient, about: str, number: int) -> bool:
    entries = (await client.get(f"{about}/deliveries")).json()["content"]
    return [entry["state"] for entry in entries] == ["delivered"] * number


async def _tried(door: Door, times: int) -> bool:
    async with door.service.database.transaction() as connection:
        return bool(await connection.scalar(text(f"SELECT 1 FROM deliveries WHERE attempts >= {times}")))


async def _given_up(client: httpx.AsyncClient, deployment: str) -> dict[str, str] | None:
    entries: list[dict[str, str]] = (await client.get(f"/deployments/{deployment}/deliveries")).json()["content"]
    return next((entry for entry in entries if entry["state"] == "given-up"), None)
