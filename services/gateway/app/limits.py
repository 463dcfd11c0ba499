"""How much one may ask for: requests a second of one user, deployments a second and at a time of one group.

Rates are counted in this process: with N replicas behind a balancer that spreads evenly, N times as many get through.
"""

import math
from collections import defaultdict
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple, Protocol, TypeAlias

from cachetools import LRUCache
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.vocabulary import DeploymentId, Principal
from shared.messaging.database import Database
from shared.messaging.transaction import Clock

REMEMBERED = 20_000
LOOK_AGAIN = 30
Group: TypeAlias = tuple[str, str]
"""Issuer and name: two issuers may give out the same name."""


class TooMany(Exception):
    """Not now; the text says why, `seconds` when it is worth asking again."""

    def __init__(self, sentence: str, seconds: int) -> None:
        super().__init__(sentence)
        self.seconds = seconds


class Rate(NamedTuple):
    """So many a second in the long run, and a burst of as many at once. None a second: without limit."""

    per_second: float = 0.0
    burst: int = 1


class Most(NamedTuple):
    """The limits that an operator sets. None at a time: without limit."""

    user: Rate = Rate()
    group: Rate = Rate()
    stranger: Rate = Rate()
    at_a_time: int = 0


class Buckets:
    """A token bucket for each name. The names that were seen longest ago are forgotten, with full buckets."""

    def __init__(self, rate: Rate, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        self._levels: LRUCache[object, tuple[float, datetime]] = LRUCache(REMEMBERED)

    def take(self, name: object) -> int:
        """Take one; 0 when there was one, else after how many seconds there will be."""
        if self._rate.per_second <= 0:
            return 0
        at = self._clock()
        level, seen = self._levels.get(name, (float(self._rate.burst), at))
        level = min(self._rate.burst, level + max(0.0, (at - seen).total_seconds()) * self._rate.per_second)
        if level >= 1:
            self._levels[name] = (level - 1, at)
            return 0
        self._levels[name] = (level, at)
        return max(1, math.ceil((1 - level) / self._rate.per_second))


class UnderWay(Protocol):
    """Counts what a group has under way."""

    async def under_way(self, connection: AsyncConnection, group: Group, beside: Collection[DeploymentId]) -> int:
        """How many deployments of the group are being made, changed or removed, beside these."""
        ...


class Turnstile:
    """Who may come in now."""

    def __init__(self, most: Most, store: UnderWay, *, database: Database, clock: Clock) -> None:
        """Nothing is opened yet."""
        self._most = most
        self._store = store
        self._database = database
        self._users = Buckets(most.user, clock)
        self._groups = Buckets(most.group, clock)
        self._strangers = Buckets(most.stranger, clock)
        self._coming: defaultdict[Group, set[DeploymentId]] = defaultdict(set)

    def request(self, user: Principal) -> None:
        """A user asks for something. Raises `TooMany`."""
        if wait := self._users.take(user):
            raise TooMany(f"You ask for more than {self._most.user.per_second:g} things a second.", wait)

    def failed(self, client: str) -> None:
        """Somebody at this address could not prove who he is. Raises `TooMany` when that happens too often."""
        if wait := self._strangers.take(client):
            raise TooMany("Too many requests from your address do not prove who asks.", wait)

    @asynccontextmanager
    async def deployment(self, issuer: str, group: str | None, deployment: DeploymentId) -> AsyncGenerator[None]:
        """Room for one more deployment of a group while it is being written. Raises `TooMany`.

        What this process is about to write is counted too, so that no burst gets past the limit here; another replica's
        burst of the same moment can.
        """
        key = (issuer, group or "")
        if group is None:
            yield
            return
        if wait := self._groups.take(key):
            per_second = self._most.group.per_second
            raise TooMany(f"The group {group!r} asks for more than {per_second:g} deployments a second.", wait)
        self._coming[key].add(deployment)
        try:
            await self._has_room(key, group)
            yield
        finally:
            self._coming[key].discard(deployment)
            if not self._coming[key]:
                del self._coming[key]

    async def _has_room(self, key: Group, group: str) -> None:
        most = self._most.at_a_time
        if most <= 0:
            return
        coming = frozenset(self._coming[key])
        async with self._database.transaction() as connection:
            there = await self._store.under_way(connection, key, coming)
        if there + len(coming) > most:
            raise TooMany(
                f"The group {group!r} may have {most} deployments under way at a time; wait for one to end.",
                LOOK_AGAIN,
            )
