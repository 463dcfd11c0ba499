"""Watched sites, and which collector looks at which of them when, in PostgreSQL."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.monitoring.domain.watched import Changes, Watched
from services.monitoring.ports import Due, Room, Round, Trouble
from shared.contracts.vocabulary import SiteId

LOCK = text("SELECT pg_advisory_xact_lock(hashtext('corale federation'), hashtext(current_schema()))")
LOOK = text("SELECT body FROM sites WHERE CAST(:site AS text) IS NULL OR site = CAST(:site AS text) ORDER BY site")
HOLD = text("SELECT body FROM sites WHERE site = ANY(CAST(:sites AS text[])) ORDER BY site FOR NO KEY UPDATE")
WATCH = text("""
    INSERT INTO sites (site, body) SELECT * FROM unnest(CAST(:sites AS text[]), CAST(:bodies AS text[]))
    ON CONFLICT (site) DO UPDATE SET body = excluded.body
""")
DROP = text("DELETE FROM sites WHERE site = ANY(CAST(:sites AS text[]))")
HURRY = text("""
    UPDATE looks SET due_at = CAST(:at AS timestamptz), failures = 0, trouble = ''
    WHERE site = ANY(CAST(:sites AS text[])) AND (CAST(:collector AS text) IS NULL OR collector = :collector)
""")
ENGAGE = text("""
    INSERT INTO looks (site, collector, due_at)
    SELECT site, collector, CAST(:at AS timestamptz)
    FROM sites CROSS JOIN unnest(CAST(:collectors AS text[])) AS collector
    WHERE NOT EXISTS (SELECT 1 FROM looks WHERE looks.site = sites.site AND looks.collector = collector.collector)
    ON CONFLICT DO NOTHING
""")
DISMISS = text("DELETE FROM looks WHERE collector <> ALL(CAST(:collectors AS text[]))")
CLAIM = text("""
    WITH room AS (
        SELECT * FROM unnest(CAST(:collectors AS text[]), CAST(:most AS int[]), CAST(:untils AS timestamptz[]))
            AS room (collector, most, until)
    ), due AS (
        SELECT found.site, room.collector, room.until FROM room CROSS JOIN LATERAL (
            SELECT looks.site FROM looks WHERE looks.collector = room.collector AND due_at <= CAST(:at AS timestamptz)
            ORDER BY due_at LIMIT room.most FOR UPDATE SKIP LOCKED
        ) AS found
    ), taken AS (
        UPDATE looks SET due_at = due.until FROM due
        WHERE looks.site = due.site AND looks.collector = due.collector
        RETURNING looks.site, looks.collector, looks.failures, looks.due_at
    )
    SELECT taken.*, sites.body, ARRAY(
        SELECT service FROM (
            SELECT DISTINCT ON (service) service, enabled FROM switches
            WHERE switches.site = taken.site AND switches.collector = taken.collector ORDER BY service, seq DESC
        ) AS turned WHERE NOT enabled
    ) AS off
    FROM taken JOIN sites ON sites.site = taken.site ORDER BY taken.site, taken.collector
""")
SETTLE = text("""
    UPDATE looks SET due_at = round.next_at, failures = round.failures, trouble = round.trouble
    FROM unnest(CAST(:sites AS text[]), CAST(:collectors AS text[]), CAST(:untils AS timestamptz[]),
                CAST(:nexts AS timestamptz[]), CAST(:failures AS int[]), CAST(:troubles AS text[]))
        AS round (site, collector, until, next_at, failures, trouble)
    WHERE looks.site = round.site AND looks.collector = round.collector AND looks.due_at = round.until
    RETURNING looks.site, looks.collector
""")
TROUBLES = text("""
    SELECT site, collector, trouble, failures, due_at FROM looks WHERE trouble <> '' ORDER BY site, collector
""")


class _Row(Protocol):
    body: str


class PostgresRota:
    """See `ports.Rota` for what it promises. Sites are locked before looks, in order, so that nobody waits for ever."""

    async def known(self, connection: AsyncConnection) -> dict[SiteId, Watched]:
        await connection.execute(LOCK)
        return await self.look(connection)

    async def change(
        self, connection: AsyncConnection, changes: Changes, collectors: Sequence[str], at: datetime
    ) -> None:
        await self.watching(connection, {*(watched.site for watched in changes.watch), *changes.drop})
        if changes.watch:
            sites = [watched.site for watched in changes.watch]
            bodies = [watched.model_dump_json() for watched in changes.watch]
            await connection.execute(WATCH, {"sites": sites, "bodies": bodies})
        if changes.moved:
            await connection.execute(HURRY, {"sites": list(changes.moved), "collector": None, "at": at})
        if changes.drop:
            await connection.execute(DROP, {"sites": list(changes.drop)})
        await connection.execute(DISMISS, {"collectors": list(collectors)})
        await connection.execute(ENGAGE, {"collectors": list(collectors), "at": at})

    async def claim(self, connection: AsyncConnection, at: datetime, rooms: Mapping[str, Room]) -> list[Due]:
        columns = {
            "collectors": list(rooms),
            "most": [room.most for room in rooms.values()],
            "untils": [room.until for room in rooms.values()],
        }
        rows = await connection.execute(CLAIM, {"at": at, **columns})
        return [Due(_without(row.body, row.off), row.collector, row.failures, row.due_at) for row in rows]

    async def settle(self, connection: AsyncConnection, rounds: Sequence[Round]) -> list[Round]:
        await self.watching(connection, {done.due.watched.site for done in rounds})
        columns = {
            "sites": [done.due.watched.site for done in rounds],
            "collectors": [done.due.collector for done in rounds],
            "untils": [done.due.until for done in rounds],
            "nexts": [done.next_at for done in rounds],
            "failures": [done.failures for done in rounds],
            "troubles": [done.trouble for done in rounds],
        }
        held = {(row.site, row.collector) for row in await connection.execute(SETTLE, columns)}
        return [done for done in rounds if (done.due.watched.site, done.due.collector) in held]

    async def watching(self, connection: AsyncConnection, sites: Collection[SiteId]) -> dict[SiteId, Watched]:
        return _by_site(await connection.execute(HOLD, {"sites": sorted(sites)}))

    async def look(self, connection: AsyncConnection, site: SiteId | None = None) -> dict[SiteId, Watched]:
        return _by_site(await connection.execute(LOOK, {"site": site}))

    async def hurry(self, connection: AsyncConnection, site: SiteId, collector: str, at: datetime) -> None:
        await connection.execute(HURRY, {"sites": [site], "collector": collector, "at": at})

    async def troubles(self, connection: AsyncConnection) -> list[Trouble]:
        rows = await connection.execute(TROUBLES)
        return [Trouble(row.site, row.collector, row.trouble, row.failures, row.due_at) for row in rows]


def _by_site(rows: Iterable[_Row]) -> dict[SiteId, Watched]:
    sites = [Watched.model_validate_json(row.body) for row in rows]
    return {watched.site: watched for watched in sites}


def _without(body: str, off: Collection[str]) -> Watched:
    watched = Watched.model_validate_json(body)
    if not off:
        return watched
    return watched.model_copy(update={"targets": tuple(one for one in watched.targets if one.service not in off)})
