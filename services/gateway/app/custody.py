"""Keeps the right to act for owners who are away: exchanges what they gave, renews it, tells when it is lost."""

import asyncio
import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from cachetools import TTLCache
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.app.asking import SOURCE
from services.gateway.domain.custody import Answer, Grant, Granted, Over, State, Unheard, Ward, advanced
from shared.contracts.deployments import CredentialLost, CredentialRestored
from shared.contracts.streams import DEPLOYMENTS
from shared.contracts.vocabulary import DeploymentId
from shared.identity.caller import Caller
from shared.messaging.database import Database
from shared.messaging.transaction import Clock, Work

log = logging.getLogger(__name__)
ROOM, LEASE, IDLE = 50, timedelta(seconds=60), timedelta(seconds=0.5)
PATIENCE = 20.0
GREETED, FOR_SECONDS = 10_000, 30


class Exchange(Protocol):
    """What issuers give for what we have. Neither method raises."""

    def serves(self, issuer: str) -> bool:
        """Whether tokens of this issuer are exchanged; those of others are used as they were given."""
        ...

    async def exchange(self, grant: Grant) -> Answer:
        """A token for long work, for the one that the owner gave (RFC 8693)."""
        ...

    async def renew(self, grant: Grant) -> Answer:
        """The next token, for the refresh token."""
        ...


class Claim(NamedTuple):
    """At most `room` grants that are due at `at`, for `lease`, until `until`."""

    lease: str
    at: datetime
    until: datetime
    room: int


class Claimed(NamedTuple):
    """A grant in hand. It is wanted while its owner has something unfinished, or was here not long ago."""

    grant: Grant
    wanted: bool


class Grants(Protocol):
    """Where grants are kept. Everything happens in the caller's transaction."""

    async def claim(self, connection: AsyncConnection, claim: Claim) -> list[Claimed]:
        """Lease what is due."""
        ...

    async def record(self, connection: AsyncConnection, lease: str, grants: Sequence[Grant]) -> list[Grant]:
        """Write those that are still under this lease; returns them."""
        ...

    async def let_go(self, connection: AsyncConnection, lease: str, grants: Sequence[Grant]) -> None:
        """Forget those that are still under this lease."""
        ...

    async def wards(self, connection: AsyncConnection, grants: Sequence[Grant]) -> list[tuple[Ward, Grant]]:
        """The unfinished deployments that live on these grants."""
        ...

    async def mark(
        self,
        connection: AsyncConnection,
        at: datetime,
        *,
        lost: Iterable[DeploymentId],
        regained: Iterable[DeploymentId],
    ) -> set[DeploymentId]:
        """Note for whom the right is lost, or is back; returns those for whom that is news."""
        ...

    async def welcome(self, connection: AsyncConnection, caller: Caller, at: datetime) -> None:
        """Take a token of somebody whose grant is lost or cannot be renewed, unless it is the one that was refused."""
        ...


class Custody:
    """One keeper of grants. Any number may run; a grant is in one hand at a time."""

    def __init__(
        self, grants: Grants, exchange: Exchange, *, database: Database, clock: Clock, luck: Callable[[], float]
    ) -> None:
        """`luck` gives numbers in [0, 1). Nothing runs until `run`."""
        self._grants = grants
        self._exchange = exchange
        self._database = database
        self._clock = clock
        self._luck = luck
        self._lease = str(uuid.uuid4())
        self._greeted: TTLCache[str, None] = TTLCache(GREETED, FOR_SECONDS)

    async def welcome(self, caller: Caller) -> None:
        """Somebody is here who may have been waited for. Costs a statement per token and half a minute."""
        if caller.token in self._greeted:
            return
        async with self._database.transaction() as connection:
            await self._grants.welcome(connection, caller, self._clock())
        self._greeted[caller.token] = None

    async def run(self) -> None:
        """Work until cancelled. What is in hand then comes due again when its lease ends."""
        while True:
            if not await self.round():
                await asyncio.sleep(IDLE.total_seconds())

    async def round(self) -> int:
        """See once to what is due; returns how much that was. Issuers are asked with no transaction open."""
        at = self._clock()
        async with self._database.transaction() as connection:
            claimed = await self._grants.claim(connection, Claim(self._lease, at, at + LEASE, ROOM))
        if not claimed:
            return 0
        wanted = [one.grant for one in claimed if one.wanted]
        answers = await asyncio.gather(*(self._ask(grant, at) for grant in wanted))
        at = self._clock()
        moved = [advanced(grant, answer, at, self._luck()) for grant, answer in zip(wanted, answers, strict=True)]
        async with self._database.transaction() as connection:
            work = Work(connection, SOURCE, at)
            ours = await self._grants.record(connection, self._lease, moved)
            await self._tell(work, [grant for grant in ours if not _is_pending(grant)])
            await self._grants.let_go(connection, self._lease, [one.grant for one in claimed if not one.wanted])
            await work.flush()
        return len(claimed)

    async def _ask(self, grant: Grant, at: datetime) -> Answer:
        alive = grant.expires_at > at
        if not self._exchange.serves(grant.owner.issuer):
            return Granted(grant.token, grant.expires_at - at) if alive else Over()
        if grant.refresh is None and not alive:
            return Over()
        try:
            async with asyncio.timeout(PATIENCE):
                if grant.refresh is not None:
                    return await self._exchange.renew(grant)
                if grant.state is State.GIVEN:
                    return await self._exchange.exchange(grant)
        except TimeoutError:
            return Unheard("The owner's issuer does not answer.")
        return Granted(grant.token, grant.expires_at - at)

    async def _tell(self, work: Work, grants: Sequence[Grant]) -> None:
        wards = await self._grants.wards(work.connection, grants) if grants else []
        lost = {ward.deployment: grant.why for ward, grant in wards if grant.state is State.LOST and not ward.lost}
        back = {ward.deployment: ward.reference for ward, grant in wards if grant.state is State.HELD and ward.lost}
        news = await self._grants.mark(work.connection, work.at, lost=lost, regained=back) if lost or back else set()
        for deployment in sorted(news):
            if deployment in lost:
                log.info("the right to act for an owner is lost", extra={"deployment_id": deployment})
                work.tell(DEPLOYMENTS, CredentialLost(deployment_id=deployment, sentence=lost[deployment]))
            else:
                work.tell(DEPLOYMENTS, CredentialRestored(deployment_id=deployment, credential=back[deployment]))


def _is_pending(grant: Grant) -> bool:
    """Whether the issuer has given no answer that counts: then nothing is news."""
    return grant.attempts > 0
