"""Forgets what nobody needs any more, every ten minutes."""

import asyncio
import logging
from datetime import timedelta

from sqlalchemy.exc import DBAPIError

from services.monitoring.app.refresh import SOURCE, TRIALS, forget
from services.monitoring.app.store import Store
from services.monitoring.ports import Trials
from shared.messaging.database import is_passing
from shared.messaging.transaction import Clock, Work

log = logging.getLogger(__name__)
EVERY = timedelta(minutes=10)
TRIALS_FOR = timedelta(days=30)
TRIALS_COUNT = timedelta(days=1)
"""How long the word of trials counts: where nobody is sent any more because they failed, nothing would refute it."""


class Tidying:
    """Keeps history for `keep`."""

    def __init__(self, store: Store, trials: Trials, clock: Clock, keep: timedelta) -> None:
        self._store = store
        self._trials = trials
        self._clock = clock
        self._keep = keep

    async def run(self) -> None:
        """Tidy until cancelled."""
        while True:
            try:
                await self.tidy()
            except (DBAPIError, OSError) as problem:
                if not is_passing(problem):
                    raise
                log.warning("tidying waits for the database: %s", type(problem).__name__)
            await asyncio.sleep(EVERY.total_seconds())

    async def tidy(self) -> int:
        """Once; returns how many rows are gone."""
        now = self._clock()
        async with self._store.database.transaction() as connection:
            work = Work(connection, SOURCE, now)
            gone = await self._store.observations.tidy(connection, now, self._keep)
            forget(work, await self._store.observations.retire(connection, TRIALS, now - TRIALS_COUNT))
            gone += await self._trials.tidy(connection, now - TRIALS_FOR)
            await work.flush()
        work.committed()
        return gone
