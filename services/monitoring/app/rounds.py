"""Goes round the sites: takes what is due, lets every collector look with no transaction open, keeps and tells it."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import DBAPIError

from services.monitoring.domain.rhythm import Rhythm, failures_after, pause
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Collector, Due, Observations, Round, Sight
from shared.contracts.sites import SiteObserved
from shared.contracts.streams import OBSERVATIONS
from shared.contracts.vocabulary import SiteId
from shared.failures import Transient
from shared.messaging.database import Database, is_passing
from shared.messaging.transaction import Clock, Work

log = logging.getLogger(__name__)
SOURCE = "monitoring"
TICK = 0.5
RETRY = 1.0


@dataclass(frozen=True, slots=True)
class Reach:
    """How much at once: `room` sites, each collector at most `patience` per service. History is kept for `keep`."""

    room: int = 50
    patience: timedelta = timedelta(seconds=10)
    keep: timedelta = timedelta(days=1)

    @property
    def lease(self) -> timedelta:
        """When a site whose round was lost to a crash is due again."""
        return 2 * self.patience + timedelta(seconds=5)


USUAL_RHYTHM, USUAL_REACH = Rhythm(), Reach()


class Rounds:
    """Looks at sites until cancelled. Several processes share the work without looking twice."""

    def __init__(
        self,
        observations: Observations,
        collectors: Mapping[str, Collector],
        database: Database,
        *,
        clock: Clock,
        chance: Callable[[], float],
        rhythm: Rhythm = USUAL_RHYTHM,
        reach: Reach = USUAL_REACH,
    ) -> None:
        """`chance` gives numbers in [0, 1)."""
        self._observations = observations
        self._collectors = collectors
        self._database = database
        self._clock = clock
        self._chance = chance
        self._rhythm = rhythm
        self._reach = reach

    async def run(self) -> None:
        """Look until cancelled; an absent database is waited for."""
        while True:
            try:
                while await self.look():
                    pass
            except (DBAPIError, OSError) as problem:
                if not is_passing(problem):
                    raise
                log.warning("the rounds wait for the database: %s", type(problem).__name__)
                await asyncio.sleep(RETRY)
            await asyncio.sleep(TICK)

    async def look(self) -> int:
        """One round over what is due now; returns how many sites that were."""
        reach = self._reach
        async with self._database.transaction() as connection:
            due = await self._observations.claim(connection, self._clock(), lease=reach.lease, room=reach.room)
        if due:
            rounds = await asyncio.gather(*(self._round(site) for site in due))
            await self._record(rounds)
        return len(due)

    async def _round(self, due: Due) -> Round:
        site = due.watched.site
        looks = [
            self._look(site, target, name, collector)
            for target in due.watched.targets
            for name, collector in self._collectors.items()
        ]
        seen = _sights(await asyncio.gather(*looks, return_exceptions=True))
        failures = failures_after(due.failures, (observed.available for observed in seen))
        return Round(due, seen, failures, self._clock() + pause(self._rhythm, failures, self._chance()))

    async def _look(self, site: SiteId, target: Target, name: str, collector: Collector) -> SiteObserved | None:
        try:
            sight = await asyncio.wait_for(collector.collect(target), self._reach.patience.total_seconds())
        except (TimeoutError, Transient) as problem:
            log.warning("collector %s saw nothing of %s/%s: %s", name, site, target.service, type(problem).__name__)
            return None
        return None if sight is None else self._observed(site, target, name, sight)

    def _observed(self, site: SiteId, target: Target, name: str, sight: Sight) -> SiteObserved:
        return SiteObserved(
            site=site,
            service=target.service,
            collector=name,
            observed_at=self._clock(),
            available=sight.available,
            latency_ms=sight.latency_ms,
            used=sight.used,
            sentence=sight.sentence,
        )

    async def _record(self, rounds: Sequence[Round]) -> None:
        async with self._database.transaction() as connection:
            work = Work(connection, SOURCE, self._clock())
            for observed in await self._observations.record(connection, rounds, work.at - self._reach.keep):
                work.tell(OBSERVATIONS, observed)
            await work.flush()
        work.committed()


def _sights(looks: Sequence[SiteObserved | BaseException | None]) -> tuple[SiteObserved, ...]:
    """What was seen. A bug in one collector is its own affair: logged whole, and the others are heard."""
    for look in looks:
        if isinstance(look, Exception):
            log.error("a collector is broken", exc_info=look)
        elif isinstance(look, BaseException):
            raise look
    return tuple(look for look in looks if isinstance(look, SiteObserved))
