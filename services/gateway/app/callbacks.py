"""Tells users where they asked to be told: written with the change, sent by a loop, in order per deployment."""

import asyncio
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.app.asking import Refused, Unknown
from services.gateway.app.errand import Happened
from services.gateway.domain.callbacks import (
    Answer,
    Claim,
    Claimed,
    Delivery,
    Logged,
    News,
    Webhook,
    body_of,
    is_news,
    verdict,
)
from services.gateway.ports import Deliveries
from shared.contracts.vocabulary import DeploymentId, Principal
from shared.messaging.database import Database
from shared.messaging.transaction import Clock, Work

MOST_WEBHOOKS = 20
ROOM = 50
LEASE = timedelta(seconds=60)
IDLE = 1.0
KEPT = timedelta(days=7)
TIDY_EVERY = timedelta(hours=1)
FIRST_PAGE = 100


class Courier(Protocol):
    """Brings something to an address that a user wrote."""

    def check(self, url: str) -> None:
        """Raises what its adapter raises for an address to which nobody may be sent."""
        ...

    async def post(self, url: str, headers: Mapping[str, str], body: str) -> Answer:
        """What came of it; whatever goes wrong is an answer too."""
        ...


class Signer(Protocol):
    """Proves that what is told comes from here."""

    def new_secret(self, webhook: str) -> tuple[str, bytes]:
        """A secret for a webhook: as its owner is told it, once, and as it is stored."""
        ...

    def headers(self, claimed: Claimed, at: int, body: str) -> dict[str, str]:
        """The headers of one attempt at the time `at`, in seconds since 1970."""
        ...


class Made(NamedTuple):
    """A webhook that was just made, and its secret, which is shown this once."""

    webhook: Webhook
    secret: str


class Herald:
    """A `Witness`: writes down what is to be told, in the transaction of the change."""

    def __init__(self, deliveries: Deliveries, wake: Callable[[], None]) -> None:
        """`wake` is called once there is something to send."""
        self._deliveries = deliveries
        self._wake = wake

    async def saw(self, work: Work, happened: Sequence[Happened]) -> None:
        """Users are told of every status."""
        news = [
            News(one.after.id, one.after.owner, one.after.callback, json.dumps(body_of(one.after)))
            for one in happened
            if is_news(one.before, one.after)
        ]
        if news and await self._deliveries.add(work.connection, news, work.at):
            work.after_commit(self._wake)


class CallbackLoop:
    """Sends what is due. Any number may run; a delivery is in one hand at a time, and none overtakes another."""

    def __init__(
        self, deliveries: Deliveries, courier: Courier, signer: Signer, *, database: Database, clock: Clock
    ) -> None:
        """Nothing runs until `run`."""
        self._deliveries = deliveries
        self._courier = courier
        self._signer = signer
        self._database = database
        self._clock = clock
        self._token = str(uuid.uuid4())
        self._wake = asyncio.Event()
        self._in_hand = 0

    def wake(self) -> None:
        """There is something to send now."""
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled. What is in hand then is sent again by whoever leases it next."""
        self._in_hand = 0
        tidied: datetime | None = None
        async with asyncio.TaskGroup() as sending:
            while True:
                self._wake.clear()
                claimed = await self._claim()
                for one in claimed:
                    self._in_hand += 1
                    sending.create_task(self._send(one))
                if not claimed:
                    await self._rest()
                if tidied is None or self._clock() > tidied + TIDY_EVERY:
                    tidied = await self._tidy()

    async def _claim(self) -> Sequence[Claimed]:
        if self._in_hand >= ROOM:
            return []
        at = self._clock()
        async with self._database.transaction() as connection:
            return await self._deliveries.claim(connection, Claim(self._token, at, at + LEASE, ROOM - self._in_hand))

    async def _send(self, claimed: Claimed) -> None:
        try:
            delivery = claimed.delivery
            headers = self._signer.headers(claimed, int(self._clock().timestamp()), delivery.body)
            answer = await self._courier.post(delivery.url, headers, delivery.body)
            meant = verdict(delivery, answer, self._clock(), _luck(delivery))
            async with self._database.transaction() as connection:
                await self._deliveries.record(connection, claimed, meant, self._token, self._clock())
        finally:
            self._in_hand -= 1
            self._wake.set()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(IDLE):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _tidy(self) -> datetime:
        at = self._clock()
        async with self._database.transaction() as connection:
            await self._deliveries.forget(connection, at - KEPT)
        return at


def _luck(delivery: Delivery) -> float:
    """A share that differs between deliveries and between attempts, and is the same whenever it is asked for."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{delivery.id}/{delivery.attempts}").int % 1000 / 1000


class Webhooks:
    """What users register, try out and read about."""

    def __init__(
        self, deliveries: Deliveries, courier: Courier, signer: Signer, *, database: Database, clock: Clock
    ) -> None:
        """Nothing is opened yet."""
        self._deliveries = deliveries
        self._courier = courier
        self._signer = signer
        self._database = database
        self._clock = clock

    async def register(self, owner: Principal, url: str) -> Made:
        """A webhook from now on. Raises what the courier raises for its address, or `Refused` when there are many."""
        self._courier.check(url)
        webhook = Webhook(id=str(uuid.uuid4()), owner=owner, url=url, created_at=self._clock())
        secret, sealed = self._signer.new_secret(webhook.id)
        async with self._database.transaction() as connection:
            if len(await self._deliveries.webhooks(connection, owner)) >= MOST_WEBHOOKS:
                raise Refused(f"You have {MOST_WEBHOOKS} webhooks, and that is as many as one may have.")
            await self._deliveries.register(connection, webhook, sealed)
        return Made(webhook, secret)

    async def all(self, owner: Principal) -> Sequence[Webhook]:
        """The owner's webhooks, oldest first."""
        async with self._database.transaction() as connection:
            return await self._deliveries.webhooks(connection, owner)

    async def remove(self, owner: Principal, webhook: str) -> None:
        """No more of it, what waits for it included. Raises `Unknown`."""
        async with self._database.transaction() as connection:
            await self._owned(connection, owner, webhook)
            await self._deliveries.remove(connection, webhook)

    async def test(self, owner: Principal, webhook: str) -> str:
        """Tell something harmless there; the id of the delivery. Raises `Unknown`."""
        async with self._database.transaction() as connection:
            found = await self._owned(connection, owner, webhook)
            body = json.dumps({"test": True, "webhook": found.id})
            return await self._deliveries.add_test(connection, found, body, self._clock())

    async def log_of_webhook(self, owner: Principal, webhook: str) -> Sequence[Logged]:
        """What was told there lately, newest first. Raises `Unknown`."""
        async with self._database.transaction() as connection:
            await self._owned(connection, owner, webhook)
            return await self._deliveries.log_of_webhook(connection, webhook, FIRST_PAGE)

    async def log_of_deployment(self, deployment: DeploymentId) -> Sequence[Logged]:
        """What was told about a deployment lately, newest first."""
        async with self._database.transaction() as connection:
            return await self._deliveries.log_of_deployment(connection, deployment, FIRST_PAGE)

    async def _owned(self, connection: AsyncConnection, owner: Principal, webhook: str) -> Webhook:
        mine = {one.id: one for one in await self._deliveries.webhooks(connection, owner)}
        if webhook not in mine:
            raise Unknown(webhook)
        return mine[webhook]
