"""Forgets rankings that nobody asks for any more, and the facts that only they used."""

import asyncio
from datetime import timedelta

from services.ranker.ports import Memory
from shared.messaging.database import Database
from shared.messaging.transaction import Clock

EVERY = 3600.0


async def forget_old_rankings(database: Database, memory: Memory, clock: Clock, keep: timedelta) -> None:
    """Once an hour, forever: what was ranked longer ago than `keep`."""
    while True:
        async with database.transaction() as connection:
            await memory.forget(connection, clock() - keep)
        await asyncio.sleep(EVERY)
