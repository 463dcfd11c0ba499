"""Tells what nobody did: an agreement begins, its promises change by its own rules, it is expiring, it is over."""

import asyncio
import logging

from sqlalchemy.exc import DBAPIError

from services.slam.app.keeping import SOURCE, Keeping
from services.slam.ports import Agreements
from shared.messaging.database import Database, is_passing
from shared.messaging.transaction import Clock, Work

log = logging.getLogger(__name__)
BATCH = 500


class Turning:
    """Several may run side by side. What is told, and when to look next, are written together: each turn counts once.

    Who was down for long tells how things stand now, not everything in between.
    """

    def __init__(
        self, agreements: Agreements, keeping: Keeping, database: Database, clock: Clock, *, every: float = 1.0
    ) -> None:
        """`every` is the precision in seconds."""
        self._agreements = agreements
        self._keeping = keeping
        self._database = database
        self._clock = clock
        self._every = every

    async def begin(self) -> None:
        """Look at every agreement again: the settings or the time zones may be others than before."""
        async with self._database.transaction() as connection:
            await self._agreements.reconsider(connection, self._clock())

    async def turn(self) -> int:
        """One round over what is due; returns how many agreements were looked at."""
        async with self._database.transaction() as connection:
            work = Work(connection, SOURCE, self._clock())
            due = await self._agreements.due(connection, work.at, BATCH)
            told = await self._keeping.turn(work, due)
            await work.flush()
        work.committed()
        for change in told:
            log.info("told that agreement %s is %s", change.agreement, change.state)
        return len(due)

    async def run(self) -> None:
        """Turn until cancelled; an absent database is waited for."""
        begun, looked = False, 0
        while True:
            try:
                if not begun:
                    await self.begin()
                    begun = True
                looked = await self.turn()
            except (DBAPIError, OSError) as problem:
                if not is_passing(problem):
                    raise
                log.warning("dates wait for the database: %s", type(problem).__name__)
                looked = 0
            if looked < BATCH:
                await asyncio.sleep(self._every)
