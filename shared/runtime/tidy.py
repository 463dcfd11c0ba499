"""Forgets what the inbox need not remember any more."""

import asyncio

from sqlalchemy import text

from shared.messaging.database import Database

EVERY = 3600.0
FORGET = text("DELETE FROM inbox WHERE handled_at < now() - interval '30 days'")


async def tidy(database: Database) -> None:
    """Once an hour, forever. The inbox remembers longer than any topic does, so nothing replayed is applied twice."""
    while True:
        async with database.transaction() as connection:
            await connection.execute(FORGET)
        await asyncio.sleep(EVERY)
