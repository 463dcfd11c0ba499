"""Sites in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cmdb.domain.inventory import Change
from services.cmdb.ports import Kept
from shared.contracts.sites import SiteDescribed, SiteWithdrawn
from shared.contracts.vocabulary import SiteId

LOCK = text("SELECT pg_advisory_xact_lock(hashtext('corale federation'), hashtext(current_schema()))")
KNOWN = text("SELECT body FROM sites")
LOOK = text(
    "SELECT body, changed_at FROM sites WHERE CAST(:site AS text) IS NULL OR site = CAST(:site AS text) ORDER BY site"
)
KEEP = text("""
    INSERT INTO sites (site, body, changed_at)
    SELECT site, body, CAST(:at AS timestamptz)
    FROM unnest(CAST(:sites AS text[]), CAST(:bodies AS text[])) AS described (site, body)
    ON CONFLICT (site) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at
""")
FORGET = text("DELETE FROM sites WHERE site = ANY(CAST(:sites AS text[]))")


class PostgresSites:
    """The store of sites; see `ports.Sites` for what it promises."""

    async def known(self, connection: AsyncConnection) -> dict[SiteId, SiteDescribed]:
        await connection.execute(LOCK)
        sites = [SiteDescribed.model_validate_json(row.body) for row in await connection.execute(KNOWN)]
        return {site.site: site for site in sites}

    async def write(self, connection: AsyncConnection, changes: Sequence[Change], at: datetime) -> None:
        if described := [change for change in changes if isinstance(change, SiteDescribed)]:
            bodies = [site.model_dump_json(exclude_defaults=True) for site in described]
            await connection.execute(KEEP, {"sites": [site.site for site in described], "bodies": bodies, "at": at})
        if withdrawn := [change.site for change in changes if isinstance(change, SiteWithdrawn)]:
            await connection.execute(FORGET, {"sites": withdrawn})

    async def look(self, connection: AsyncConnection, site: SiteId | None = None) -> list[Kept]:
        rows = await connection.execute(LOOK, {"site": site})
        return [Kept(SiteDescribed.model_validate_json(row.body), row.changed_at) for row in rows]
