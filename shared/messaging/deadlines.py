"""Deadlines are rows that become events: a ticker moves what is due to the outbox, in one statement."""

import asyncio
import logging

from sqlalchemy import text

from shared.messaging.database import Database, is_passing
from shared.messaging.schema import OUTBOX_CHANNEL
from shared.messaging.transaction import Clock

log = logging.getLogger(__name__)
BATCH = 1000

MOVE_DUE = text(f"""
    WITH due AS (
        DELETE FROM deadlines WHERE id IN (
            SELECT id FROM deadlines WHERE due_at <= :now ORDER BY due_at LIMIT {BATCH} FOR UPDATE SKIP LOCKED
        ) RETURNING topic, about_key, headers, value, due_at
    ), written AS (
        INSERT INTO outbox (topic, key, headers, value)
        SELECT topic, about_key, headers, value FROM due ORDER BY due_at RETURNING seq
    ), woken AS (
        SELECT pg_notify('{OUTBOX_CHANNEL}', current_schema()) FROM (SELECT 1 FROM written LIMIT 1) AS any_written
    ) SELECT (SELECT count(*) FROM written) AS moved, (SELECT count(*) FROM woken) AS woken
""")  # noqa: S608 - constants of ours only


class Deadlines:
    """The ticker of one service. Several may run side by side; each row is moved once."""

    def __init__(self, database: Database, clock: Clock, *, every: float = 0.25) -> None:
        """`every` is the precision in seconds."""
        self._database = database
        self._clock = clock
        self._every = every

    async def tick(self) -> int:
        """Move what is due now; returns how many."""
        async with self._database.transaction() as connection:
            return int((await connection.execute(MOVE_DUE, {"now": self._clock()})).scalar_one())

    async def run(self) -> None:
        """Tick until cancelled; an absent database is waited for."""
        while True:
            try:
                moved = await self.tick()
            except Exception as problem:
                if not is_passing(problem):
                    raise
                log.warning("deadlines wait for the database: %s", type(problem).__name__)
                moved = 0
            if moved < BATCH:
                await asyncio.sleep(self._every)
