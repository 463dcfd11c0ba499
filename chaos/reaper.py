"""`kill -9` at random, and a keeper that starts again whatever is dead."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from chaos.stage import GROUNDS, SERVICES
from embedded.system import System

SPACING = (0.3, 10.0)
"""Seconds from working again to the next blow: some come while it still catches up, some when it has."""
DOWNTIME = (0.0, 1.5)
_LOOK = 0.3


@dataclass(slots=True)
class Toll:
    """How often each part was killed, how long it took to work again (seconds), and who died by themselves."""

    killed: Counter[str] = field(default_factory=Counter)
    recoveries: list[float] = field(default_factory=list)
    died: Counter[str] = field(default_factory=Counter)


class Reaper:
    """Kills every service so many times, and Kafka and PostgreSQL once each."""

    def __init__(self, system: System, seed: int, kills: int) -> None:
        """Nothing is killed until `run`."""
        self.toll = Toll()
        self._system = system
        self._seed = seed
        self._kills = kills
        self._in_hand: set[str] = set()

    async def run(self) -> None:
        """Returns when all that was to be killed has been, and works again."""
        async with asyncio.TaskGroup() as blows:
            for name in SERVICES:
                blows.create_task(self._haunt(name, self._kills))
            for name in GROUNDS:
                blows.create_task(self._haunt(name, min(1, self._kills), spacing=(5.0, 5.0 + 5.0 * self._kills)))

    async def keep(self) -> None:
        """Start again what died by itself, until cancelled."""
        while True:
            for name in (*SERVICES, *GROUNDS):
                if name not in self._in_hand and not self._system.processes[name].alive:
                    self.toll.died[name] += 1
                    await asyncio.to_thread(self._system.start, name)
            await asyncio.sleep(_LOOK)

    async def _haunt(self, name: str, kills: int, spacing: tuple[float, float] = SPACING) -> None:
        chance = random.Random(f"{self._seed}/reaper/{name}")
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(*spacing))
            await self._strike(name, chance.uniform(*DOWNTIME))

    async def _strike(self, name: str, downtime: float) -> None:
        self._in_hand.add(name)
        struck = time.monotonic()
        await asyncio.to_thread(self._system.kill, name)
        self.toll.killed[name] += 1
        await asyncio.sleep(downtime)
        await asyncio.to_thread(self._system.start, name)
        self._in_hand.discard(name)
        await self._recovery(name)
        self.toll.recoveries.append(time.monotonic() - struck)

    async def _recovery(self, name: str) -> None:
        """Return when it works again, however often it dies on its way up: its keeper does not give up."""
        process = self._system.processes[name]
        while True:
            if await asyncio.to_thread(lambda: process.ready):
                return
            await asyncio.sleep(_LOOK)
