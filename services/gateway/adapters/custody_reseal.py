"""Seals again, with the newest key, what an earlier key sealed; then the earlier key can be taken away."""

import asyncio
import logging

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.adapters.sealing import CannotOpen, Sealer
from shared.messaging.database import Database

log = logging.getLogger(__name__)
ROOM, PAUSE = 200, 3600.0
GRANT = "concat_ws(E'\\n', 'grant', issuer, subject, user_group)"
SEALED = (
    ("credentials", "sealed", "ref"),
    ("credentials", "sealed_inputs", "ref"),
    ("secret_outputs", "sealed", "deployment_id || '/' || trial"),
    ("grants", "sealed", GRANT),
    ("webhooks", "sealed", "'webhook/' || id"),
    ("grants", "sealed_refresh", GRANT),
    ("site_credentials", "sealed", "concat_ws(E'\\n', 'site', issuer, subject, user_group, service)"),
)
"""Table, column, and what its values are about."""


class Resealing:
    """Goes over the store once an hour. Values that no key opens are left, and counted in the log."""

    def __init__(self, sealer: Sealer, database: Database) -> None:
        """Nothing runs until `run`."""
        self._sealer = sealer
        self._database = database

    async def run(self) -> None:
        """Reseal until cancelled."""
        while True:
            await self.all()
            await asyncio.sleep(PAUSE)

    async def all(self) -> int:
        """Reseal everything; returns how many values that were."""
        resealed = 0
        for table, column, about in SEALED:
            after = "(0,0)"
            while after:
                async with self._database.transaction() as connection:
                    after, done = await self._some(connection, (table, column, about), after)
                resealed += done
        if resealed:
            log.info("%d values were sealed again with the newest key", resealed)
        return resealed

    async def _some(self, connection: AsyncConnection, where: tuple[str, str, str], after: str) -> tuple[str, int]:
        table, column, about = where
        found = text(f"""
            SELECT CAST(ctid AS text) AS place, {about} AS about, {column} AS sealed FROM {table}
            WHERE ctid > CAST(CAST(:after AS text) AS tid) AND {column} IS NOT NULL
              AND substring({column} FROM 1 FOR 5) <> :mark
            ORDER BY ctid LIMIT :room FOR UPDATE SKIP LOCKED
        """)  # noqa: S608 - constants of ours only
        asked = {"after": after, "mark": self._sealer.mark, "room": ROOM}
        rows = (await connection.execute(found, asked)).all()
        opened = [(row.place, row.about, self._opened(table, row.about, row.sealed)) for row in rows]
        again = [(place, self._sealer.seal(about, plain)) for place, about, plain in opened if plain is not None]
        if again:
            write = text(f"""
                UPDATE {table} SET {column} = u.sealed
                FROM unnest(CAST(:places AS text[]), CAST(:sealed AS bytea[])) AS u(place, sealed)
                WHERE {table}.ctid = CAST(u.place AS tid)
            """)  # noqa: S608 - constants of ours only
            values = {"places": [place for place, _ in again], "sealed": [sealed for _, sealed in again]}
            await connection.execute(write, values)
        return (rows[-1].place if rows else ""), len(again)

    def _opened(self, table: str, about: str, sealed: bytes) -> str | None:
        try:
            return self._sealer.open(about, sealed)
        except CannotOpen:
            log.warning("a value in %s is sealed with a key that this gateway does not have", table)
            return None
