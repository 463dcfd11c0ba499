"""Watched sites, the last word on each service, and a short history, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.monitoring.domain.watched import Changes, Watched
from services.monitoring.ports import Due, Round
from shared.contracts.sites import SiteObserved
from shared.contracts.vocabulary import SiteId

LOCK = text("SELECT pg_advisory_xact_lock(hashtext('corale federation'), hashtext(current_schema()))")
KNOWN = text("SELECT body FROM sites")
WATCH = text("""
    INSERT INTO sites (site, body, due_at, failures)
    SELECT site, body, CAST(:at AS timestamptz), 0
    FROM unnest(CAST(:sites AS text[]), CAST(:bodies AS text[])) AS watched (site, body)
    ON CONFLICT (site) DO UPDATE SET body = excluded.body, due_at = excluded.due_at, failures = 0
""")
DROP = text("DELETE FROM sites WHERE site = ANY(CAST(:sites AS text[]))")
VOID = text("""
    DELETE FROM observations USING unnest(CAST(:sites AS text[]), CAST(:services AS text[])) AS void (site, service)
    WHERE observations.site = void.site AND observations.service = void.service RETURNING observations.key
""")
CLAIM = text("""
    UPDATE sites SET due_at = CAST(:until AS timestamptz) WHERE site IN (
        SELECT site FROM sites WHERE due_at <= CAST(:at AS timestamptz)
        ORDER BY due_at LIMIT :room FOR UPDATE SKIP LOCKED
    ) RETURNING body, failures, due_at
""")
NEXT = text("""
    UPDATE sites SET due_at = round.next_at, failures = round.failures
    FROM unnest(CAST(:sites AS text[]), CAST(:untils AS timestamptz[]), CAST(:nexts AS timestamptz[]),
                CAST(:failures AS int[])) AS round (site, until, next_at, failures)
    WHERE sites.site = round.site AND sites.due_at = round.until
    RETURNING sites.site
""")
KEEP = text("""
    WITH seen AS (
        SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:sites AS text[]), CAST(:services AS text[]),
                             CAST(:times AS timestamptz[]), CAST(:bodies AS text[]))
            AS seen (key, site, service, observed_at, body)
    ), remembered AS (
        INSERT INTO history (site, observed_at, body) SELECT site, observed_at, body FROM seen
    )
    INSERT INTO observations (key, site, service, body) SELECT key, site, service, body FROM seen
    ON CONFLICT (key) DO UPDATE SET body = excluded.body
""")
FORGET = text("DELETE FROM history WHERE observed_at < CAST(:before AS timestamptz)")
LAST = text("""
    SELECT body FROM observations WHERE CAST(:site AS text) IS NULL OR site = CAST(:site AS text) ORDER BY key
""")
HISTORY = text("SELECT body FROM history WHERE site = :site ORDER BY observed_at DESC LIMIT :room")
WATCHES = text("SELECT 1 FROM sites WHERE site = :site")


class PostgresObservations:
    """The store of observations; see `ports.Observations` for what it promises."""

    async def known(self, connection: AsyncConnection) -> dict[SiteId, Watched]:
        await connection.execute(LOCK)
        sites = [Watched.model_validate_json(row.body) for row in await connection.execute(KNOWN)]
        return {watched.site: watched for watched in sites}

    async def change(self, connection: AsyncConnection, changes: Changes, at: datetime) -> list[str]:
        if changes.watch:
            bodies = [watched.model_dump_json() for watched in changes.watch]
            sites = [watched.site for watched in changes.watch]
            await connection.execute(WATCH, {"sites": sites, "bodies": bodies, "at": at})
        if changes.drop:
            await connection.execute(DROP, {"sites": list(changes.drop)})
        if not changes.void:
            return []
        columns = {
            "sites": [site for site, _ in changes.void],
            "services": [service for _, service in changes.void],
        }
        return [row.key for row in await connection.execute(VOID, columns)]

    async def claim(self, connection: AsyncConnection, at: datetime, *, lease: timedelta, room: int) -> list[Due]:
        rows = await connection.execute(CLAIM, {"at": at, "until": at + lease, "room": room})
        return [Due(Watched.model_validate_json(row.body), row.failures, row.due_at) for row in rows]

    async def record(
        self, connection: AsyncConnection, rounds: Sequence[Round], forget_before: datetime
    ) -> list[SiteObserved]:
        columns = {
            "sites": [done.due.watched.site for done in rounds],
            "untils": [done.due.until for done in rounds],
            "nexts": [done.next_at for done in rounds],
            "failures": [done.failures for done in rounds],
        }
        held = {row.site for row in await connection.execute(NEXT, columns)}
        valid = [observed for done in rounds if done.due.watched.site in held for observed in done.observations]
        if valid:
            await connection.execute(KEEP, _columns(valid))
        await connection.execute(FORGET, {"before": forget_before})
        return valid

    async def last(self, connection: AsyncConnection, site: SiteId | None = None) -> list[SiteObserved]:
        return [_observed(row.body) for row in await connection.execute(LAST, {"site": site})]

    async def history(self, connection: AsyncConnection, site: SiteId, *, room: int) -> list[SiteObserved]:
        return [_observed(row.body) for row in await connection.execute(HISTORY, {"site": site, "room": room})]

    async def watches(self, connection: AsyncConnection, site: SiteId) -> bool:
        return await connection.scalar(WATCHES, {"site": site}) is not None


def _columns(seen: Sequence[SiteObserved]) -> dict[str, list[object]]:
    return {
        "keys": [observed.key for observed in seen],
        "sites": [observed.site for observed in seen],
        "services": [observed.service for observed in seen],
        "times": [observed.observed_at for observed in seen],
        "bodies": [observed.model_dump_json(exclude_defaults=True) for observed in seen],
    }


def _observed(body: str) -> SiteObserved:
    return SiteObserved.model_validate_json(body)
