"""One look of one collector at one site. Whatever a collector does, it is cut in time and nobody else notices."""

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from services.monitoring.app.observing import Garbage, sighted
from services.monitoring.domain.rhythm import USUAL, Outcome, Rhythm
from services.monitoring.domain.sighting import Sighting
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Collector, Due, Sight
from shared.failures import Transient
from shared.messaging.transaction import Clock

log = logging.getLogger(__name__)
AT_ONCE, WAVES = 10, 4
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Watcher:
    """A collector with its rhythm: at most `room` sites at once, each service for `patience` at most."""

    name: str
    collector: Collector
    rhythm: Rhythm = USUAL
    patience: timedelta = timedelta(seconds=10)
    room: int = 50

    @property
    def lease(self) -> timedelta:
        """When a site whose round was lost to a crash is due again; a round takes less."""
        return WAVES * self.patience + timedelta(seconds=5)


class Looked(NamedTuple):
    """What came of a look: `trouble` says why nothing was seen, should that be so."""

    outcome: Outcome
    sighting: Sighting | None = None
    trouble: str = ""


NOTHING = Looked(Outcome.NOTHING)


class Looking:
    """Asks collectors. One of which `most_deaf` looks go on though they were cut is not asked any more."""

    def __init__(self, clock: Clock, most_deaf: int = 200) -> None:
        self._clock = clock
        self._most_deaf = most_deaf
        self._deaf: defaultdict[str, set[asyncio.Task[Sight | None]]] = defaultdict(set)

    async def site(self, watcher: Watcher, due: Due) -> list[Looked]:
        """One look at each service, ten at once. What there is no time for is missed."""
        gate = asyncio.Semaphore(AT_ONCE)
        end = asyncio.get_running_loop().time() + WAVES * watcher.patience.total_seconds()

        async def look(target: Target) -> Looked:
            async with gate:
                left = min(watcher.patience.total_seconds(), end - asyncio.get_running_loop().time())
                return await self._look(watcher, due, target, left) if left > 0 else _missed("there was no time left")

        return await asyncio.gather(*(look(target) for target in due.watched.targets))

    async def _look(self, watcher: Watcher, due: Due, target: Target, seconds: float) -> Looked:
        if len(self._deaf[watcher.name]) >= self._most_deaf:
            return _missed(f"{self._most_deaf} of its looks have not ended though they were cut")
        asking = asyncio.create_task(watcher.collector.collect(target))
        try:
            await asyncio.wait({asking}, timeout=seconds)
        finally:
            self._let_go(watcher, asking)
        if not asking.done() or asking.cancelled():
            return _missed(f"it was cut after {seconds:g} s")
        try:
            return self._heard(watcher, due, target, asking)
        except Garbage as problem:
            return _missed(f"it talks nonsense: {problem}")

    def _heard(self, watcher: Watcher, due: Due, target: Target, asked: asyncio.Task[Sight | None]) -> Looked:
        problem = asked.exception()
        if isinstance(problem, Transient):
            return _missed(str(problem))
        if problem is not None:
            log.error("collector %s is broken", watcher.name, exc_info=problem)
            return _missed(f"it is broken: {type(problem).__name__}")
        sight = asked.result()
        if sight is None:
            return NOTHING
        sighting = sighted(due.watched.site, target, watcher.name, sight, self._clock())
        return Looked(Outcome.ILL if sighting.observed.available is False else Outcome.WELL, sighting)

    def _let_go(self, watcher: Watcher, asking: asyncio.Task[Sight | None]) -> None:
        """Nobody waits for one that does not hear, or that tidies up; it is only kept from being collected."""
        if asking.done():
            return
        deaf = self._deaf[watcher.name]

        def ended(asked: asyncio.Task[Sight | None]) -> None:
            deaf.discard(asked)
            if not asked.cancelled() and asked.exception() is not None:
                log.warning("collector %s was cut and ended with %s", watcher.name, type(asked.exception()).__name__)

        deaf.add(asking)
        asking.add_done_callback(ended)
        asking.cancel()


def _missed(sentence: str) -> Looked:
    return Looked(Outcome.MISSED, trouble=sentence[:SHOWN])
