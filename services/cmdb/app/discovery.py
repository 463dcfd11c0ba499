"""Reads services from the sites themselves: takes what is due, reads with no transaction open, lays and tells it."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cmdb.domain.discovered import (
    LAYER,
    Found,
    Known,
    Rhythm,
    Target,
    after_failing,
    after_reading,
    layer_of,
    pause,
)
from services.cmdb.ports import Discoverer, Discoveries, Recompose, Said, Sites
from shared.contracts.vocabulary import SiteId
from shared.failures import Failure, NeedsPerson, Transient
from shared.messaging.database import Database, is_passing
from shared.messaging.transaction import Clock, Work

log = logging.getLogger(__name__)
SOURCE = "cmdb"
TICK = 2.0
LARGEST = 2_000_000
"""How many bytes a service's document may have: the whole site is one event, and events may have 8 MiB."""
NUL = b"\\u0000"

Credentials = Mapping[str, Mapping[str, SecretStr]]
"""What is kept for each service, by `site/service`."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How much at once: `room` services, each for `patience` at most."""

    room: int = 20
    patience: timedelta = timedelta(minutes=2)

    @property
    def lease(self) -> timedelta:
        """When a service whose reading was lost to a crash is due again."""
        return self.patience + timedelta(seconds=30)


USUAL_RHYTHM, USUAL_REACH = Rhythm(), Reach()


class Stores(NamedTuple):
    """The stores of a cmdb, and who puts a site together again."""

    sites: Sites
    discoveries: Discoveries
    recompose: Recompose


class Ways(NamedTuple):
    """The discoverers by kind, and what lets them in."""

    discoverers: Mapping[str, Discoverer]
    credentials: Credentials


class Reading(NamedTuple):
    """A service before and after it was read, and when it is due again."""

    before: Known
    after: Known
    due: datetime


class Discovery:
    """Reads until cancelled. Several processes share the work without reading twice."""

    def __init__(
        self,
        stores: Stores,
        ways: Ways,
        database: Database,
        clock: Clock,
        *,
        chance: Callable[[], float],
        rhythm: Rhythm = USUAL_RHYTHM,
        reach: Reach = USUAL_REACH,
    ) -> None:
        """`chance` gives numbers in [0, 1)."""
        self._stores = stores
        self._ways = ways
        self._database = database
        self._clock = clock
        self._chance = chance
        self._rhythm = rhythm
        self._reach = reach
        self._mark: str | None = None

    async def run(self) -> None:
        """Read until cancelled; an absent database is waited for. A site that hangs keeps no other waiting."""
        reading: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as group:
            while True:
                due = await self._due(self._reach.room - len(reading))
                for known in due:
                    task = group.create_task(self._one(known))
                    reading.add(task)
                    task.add_done_callback(reading.discard)
                await asyncio.sleep(TICK)

    async def watch(self) -> None:
        """Read from now on what the sites' documents say; of what they say no more everything is forgotten."""
        async with self._database.transaction() as connection:
            work = Work(connection, SOURCE, self._clock())
            mark = await self._stores.discoveries.mark(connection)
            if mark == self._mark:
                return
            await self._stores.sites.hold(connection)
            targets = await self._stores.discoveries.wanted(connection)
            gone = await self._stores.discoveries.watch(connection, targets, work.at)
            await self._lay(work, gone)
            await work.flush()
        work.committed()
        self._mark = mark

    async def look(self) -> int:
        """Read what is due now; returns how many services that were."""
        async with self._database.transaction() as connection:
            due = await self._claim(connection, self._reach.room)
        await asyncio.gather(*(self._one(known) for known in due))
        return len(due)

    async def _due(self, room: int) -> list[Known]:
        try:
            await self.watch()
            if not room:
                return []
            async with self._database.transaction() as connection:
                return await self._claim(connection, room)
        except (DBAPIError, OSError) as problem:
            _wait_or_raise(problem)
            return []

    async def _one(self, known: Known) -> None:
        """A reading that cannot be kept is lost; when its lease has passed it is done again."""
        reading = await self._read(known)
        try:
            await self._record(reading)
        except (DBAPIError, OSError) as problem:
            _wait_or_raise(problem)

    async def _claim(self, connection: AsyncConnection, room: int) -> list[Known]:
        return await self._stores.discoveries.claim(connection, self._clock(), self._reach.lease, room)

    async def _read(self, known: Known) -> Reading:
        asked = None
        try:
            async with asyncio.timeout(self._reach.patience.total_seconds()):
                found = await self._found(known)
            after = after_reading(known, found, self._clock())
        except TimeoutError:
            seconds = self._reach.patience.total_seconds()
            after = after_failing(known, f"The site could not be read within {seconds:g} s.", self._clock())
        except Failure as failure:
            asked = failure.retry_after if isinstance(failure, Transient) else None
            after = after_failing(known, str(failure), self._clock())
        return Reading(known, after, self._clock() + pause(self._rhythm, after, self._chance(), asked))

    async def _found(self, known: Known) -> Found:
        target = known.target
        discoverer = self._ways.discoverers.get(target.kind)
        if discoverer is None:
            there = ", ".join(sorted(self._ways.discoverers))
            raise NeedsPerson(f"{target.name} names the discovery {target.kind!r}; allowed: {there}.")
        found = await discoverer.read(target, self._ways.credentials.get(target.name, {}))
        _check(target, found)
        return found

    async def _record(self, reading: Reading) -> None:
        after = reading.after
        async with self._database.transaction() as connection:
            work = Work(connection, SOURCE, self._clock())
            await self._stores.sites.hold(connection)
            await self._stores.discoveries.record(connection, after, reading.due)
            if not after.says_the_same_as(reading.before):
                await self._lay(work, [after.target.site])
            await work.flush()
        work.committed()
        _report(reading)

    async def _lay(self, work: Work, sites: Sequence[SiteId]) -> None:
        """Say of these sites what is known now."""
        if not sites:
            return
        known = await self._stores.discoveries.known(work.connection, sites)
        said: dict[SiteId, Said | None] = dict.fromkeys(sites)
        for site in {one.target.site for one in known}:
            document = layer_of([one for one in known if one.target.site == site]).document
            said[site] = Said(document, founds=False) if document else None
        await self._stores.sites.lay(work.connection, LAYER, said, work.at)
        await self._stores.recompose(work, sites)


def _wait_or_raise(problem: DBAPIError | OSError) -> None:
    if not is_passing(problem):
        raise problem
    log.warning("discovery waits for the database: %s", type(problem).__name__)


def _check(target: Target, found: Found) -> None:
    try:
        text = json.dumps(found.document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Transient(f"{target.name} has half a letter in a name.") from None
    if NUL in text:
        raise Transient(f"{target.name} has a NUL character in a name.")
    if len(text) > LARGEST:
        raise Transient(f"{target.name} offers too much: {len(text)} bytes, {LARGEST} are allowed.")


def _report(reading: Reading) -> None:
    before, after = reading.before, reading.after
    if after.sentence and after.sentence != before.sentence:
        log.warning("%s cannot be read: %s", after.target.name, after.sentence)
    elif before.sentence and not after.sentence:
        log.info("%s can be read again", after.target.name)
