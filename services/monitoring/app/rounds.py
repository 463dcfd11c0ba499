"""Goes round the sites: takes what is due, lets collectors look with no transaction open, keeps and tells the result.

Each collector has room of its own, so one that is slow takes no time from the others.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy.exc import DBAPIError

from services.monitoring.app.keeping import Keeping
from services.monitoring.app.looking import Looked, Looking, Watcher
from services.monitoring.app.refresh import forget
from services.monitoring.app.store import Store
from services.monitoring.domain.availability import Lane
from services.monitoring.domain.rhythm import Outcome, failures_after, idle, pause
from services.monitoring.ports import Due, Room, Round
from shared.messaging.database import is_passing
from shared.messaging.transaction import Clock, Work

log = logging.getLogger(__name__)
SOURCE = "monitoring"
TICK, GATHER, RETRY = 0.5, 0.05, 1.0
Chance = Callable[[], float]


class Rounds:
    """Looks at sites until cancelled. Several processes share the work without looking twice."""

    def __init__(
        self,
        watchers: Mapping[str, Watcher],
        store: Store,
        keeping: Keeping,
        clock: Clock,
        chance: Chance,
    ) -> None:
        """`chance` gives numbers in [0, 1)."""
        self._watchers = watchers
        self._store = store
        self._keeping = keeping
        self._clock = clock
        self._chance = chance
        self._looking = Looking(clock)
        self._running: dict[asyncio.Task[Round], Due] = {}

    async def run(self) -> None:
        """Look until cancelled; an absent database is waited for."""
        try:
            while True:
                try:
                    await self._turn()
                except (DBAPIError, OSError) as problem:
                    if not is_passing(problem):
                        raise
                    log.warning("the rounds wait for the database: %s", type(problem).__name__)
                    await asyncio.sleep(RETRY)
        finally:
            await self._stop()

    async def look(self) -> int:
        """One round over what is due now, to its end; returns how many looks of a collector at a site that were."""
        due = await self._claim()
        await self._record(await asyncio.gather(*(self._round(one) for one in due)))
        return len(due)

    async def _turn(self) -> None:
        """Begin what is due, and record what has ended meanwhile."""
        for due in await self._claim():
            self._running[asyncio.create_task(self._round(due))] = due
        if not self._running:
            await asyncio.sleep(TICK)
            return
        done, _ = await asyncio.wait(self._running, timeout=TICK, return_when=asyncio.FIRST_COMPLETED)
        if done:
            await asyncio.sleep(GATHER)
        ended = [task for task in self._running if task.done()]
        for task in ended:
            del self._running[task]
        await self._record([task.result() for task in ended])

    async def _claim(self) -> list[Due]:
        busy, now = Counter(due.collector for due in self._running.values()), self._clock()
        rooms = {name: Room(watcher.room - busy[name], now + watcher.lease) for name, watcher in self._watchers.items()}
        async with self._store.database.transaction() as connection:
            return await self._store.rota.claim(
                connection, now, {name: room for name, room in rooms.items() if room.most > 0}
            )

    async def _round(self, due: Due) -> Round:
        watcher = self._watchers[due.collector]
        looks = await self._looking.site(watcher, due)
        outcomes = [look.outcome for look in looks]
        failures = failures_after(due.failures, outcomes)
        rhythm, chance = watcher.rhythm, self._chance()
        wait = pause(rhythm, failures, chance)
        if idle(outcomes):
            wait = max(wait, rhythm.longest)
        trouble = _trouble(due, looks)
        if trouble and due.failures == 0:
            log.warning("collector %s at %s: %s", due.collector, due.watched.site, trouble)
        sightings = tuple(look.sighting for look in looks if look.sighting is not None)
        return Round(due, sightings, failures, self._clock() + wait, trouble, _silent(due, looks))

    async def _record(self, rounds: Sequence[Round]) -> None:
        if not rounds:
            return
        async with self._store.database.transaction() as connection:
            work = Work(connection, SOURCE, self._clock())
            held = await self._store.rota.settle(connection, rounds)
            await self._keeping.keep(work, [sighting for done in held for sighting in done.sightings])
            silent = [lane for done in held for lane in done.silent]
            forget(work, await self._store.observations.silence(connection, silent))
            await work.flush()
        work.committed()

    async def _stop(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running.clear()


def _silent(due: Due, looks: Iterable[Looked]) -> tuple[Lane, ...]:
    """What the collector has nothing to say about; it may have had, before the site's file changed."""
    pairs = zip(due.watched.targets, looks, strict=True)
    silent = (target for target, look in pairs if look.outcome is Outcome.NOTHING)
    return tuple(Lane(due.watched.site, target.service, due.collector) for target in silent)


def _trouble(due: Due, looks: Iterable[Looked]) -> str:
    """The first thing that went wrong, with the service's name."""
    pairs = zip(due.watched.targets, looks, strict=True)
    return next((f"{target.service}: {look.trouble}" for target, look in pairs if look.trouble), "")
