"""Sites in PostgreSQL: their layers, how they stand, and what became of them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cmdb.adapters import queries
from services.cmdb.ports import Change, Kept, Removal, Said, Standing, Tombstone, Wanted, Written
from shared.contracts.sites import ServiceStatus, SiteDescribed
from shared.contracts.topology import Json
from shared.contracts.vocabulary import SiteId

NUL = "\\u0000"


class PostgresSites:
    """The store of sites; see `ports.Sites` and `ports.Archive` for what it promises."""

    async def hold(self, connection: AsyncConnection) -> None:
        await connection.execute(queries.LOCK)

    async def layer(self, connection: AsyncConnection, name: str) -> dict[SiteId, Mapping[str, Json]]:
        rows = await connection.execute(queries.LAYER, {"layer": name})
        return {SiteId(row.site): json.loads(row.document) for row in rows}

    async def layers(self, connection: AsyncConnection, sites: Sequence[SiteId]) -> dict[SiteId, dict[str, Said]]:
        found: dict[SiteId, dict[str, Said]] = {site: {} for site in sites}
        for row in await connection.execute(queries.LAYERS, {"sites": list(sites)}):
            found[SiteId(row.site)][row.layer] = Said(json.loads(row.document), row.founds)
        return found

    async def lay(
        self, connection: AsyncConnection, name: str, said: Mapping[SiteId, Said | None], at: datetime
    ) -> None:
        if there := [(site, document) for site, document in said.items() if document is not None]:
            columns = {
                "sites": [site for site, _ in there],
                "documents": [_text(document.document) for _, document in there],
                "founds": [document.founds for _, document in there],
            }
            await connection.execute(queries.LAY, {"layer": name, "at": at, **columns})
        if away := [site for site, document in said.items() if document is None]:
            await connection.execute(queries.TAKE_AWAY, {"layer": name, "sites": away})

    async def standing(self, connection: AsyncConnection, sites: Sequence[SiteId]) -> dict[SiteId, Standing]:
        rows = await connection.execute(queries.STANDING, {"sites": list(sites)})
        return {
            SiteId(row.site): Standing(
                SiteDescribed.model_validate_json(row.body),
                json.loads(row.document),
                json.loads(row.provenance),
                row.revision,
                removed=row.removed_at is not None,
            )
            for row in rows
        }

    async def due(self, connection: AsyncConnection, at: datetime) -> list[SiteId]:
        return [SiteId(row.site) for row in await connection.execute(queries.DUE, {"at": at})]

    async def write(self, connection: AsyncConnection, written: Sequence[Written], at: datetime) -> None:
        if there := [one for one in written if one.site is not None]:
            await connection.execute(queries.KEEP, {"at": at, **_columns(there)})
        if away := [one for one in written if one.site is None]:
            columns = {"sites": [one.id for one in away], "by": [one.by for one in away]}
            revisions = [one.revision for one in away]
            await connection.execute(queries.BURY, {"at": at, "revisions": revisions, **columns})
        await self._chronicle(connection, written, at)

    async def forget(self, connection: AsyncConnection, before: datetime) -> None:
        for statement in queries.FORGET:
            await connection.execute(statement, {"before": before})

    async def look(self, connection: AsyncConnection, wanted: Wanted) -> list[Kept]:
        statement, values = queries.look(wanted)
        return [_kept(row) for row in await connection.execute(text(statement), values)]

    async def revisions(self, connection: AsyncConnection) -> dict[SiteId, tuple[int, datetime]]:
        rows = await connection.execute(queries.REVISIONS)
        return {SiteId(row.site): (row.revision, row.changed_at) for row in rows}

    async def some(self, connection: AsyncConnection, sites: Sequence[SiteId]) -> list[Kept]:
        return [_kept(row) for row in await connection.execute(queries.SOME, {"sites": list(sites)})]

    async def find(self, connection: AsyncConnection, site: SiteId) -> Kept | None:
        rows = (await connection.execute(queries.FIND, {"site": site})).all()
        return _kept(rows[0]) if rows else None

    async def history(self, connection: AsyncConnection, site: SiteId, before: int | None, limit: int) -> list[Change]:
        rows = await connection.execute(queries.HISTORY, {"site": site, "before": before, "limit": limit})
        return [Change(row.revision, row.at, row.by, row.path, _value(row.before), _value(row.after)) for row in rows]

    async def tombstones(self, connection: AsyncConnection, site: SiteId) -> list[Tombstone]:
        rows = await connection.execute(queries.TOMBSTONES, {"site": site})
        return [Tombstone(row.path, Removal(row.removed_at, row.removed_by), json.loads(row.body)) for row in rows]

    async def _chronicle(self, connection: AsyncConnection, written: Sequence[Written], at: datetime) -> None:
        if changes := [(one, difference) for one in written for difference in one.differences]:
            columns = {
                "sites": [one.id for one, _ in changes],
                "revisions": [one.revision for one, _ in changes],
                "by": [one.by for one, _ in changes],
                "paths": [change.path for _, change in changes],
                "befores": [_text(change.before) for _, change in changes],
                "afters": [_text(change.after) for _, change in changes],
            }
            await connection.execute(queries.CHRONICLE, {"at": at, **columns})
        back = [(one.id, path) for one in written for path in _appeared(one)]
        if back:
            await connection.execute(queries.RAISE, {"sites": [s for s, _ in back], "paths": [p for _, p in back]})
        if gone := [(one, path, body) for one in written for path, body in one.gone.items()]:
            columns = {
                "sites": [one.id for one, _, _ in gone],
                "by": [one.by for one, _, _ in gone],
                "paths": [path for _, path, _ in gone],
                "bodies": [_text(body) for _, _, body in gone],
            }
            await connection.execute(queries.ENTOMB, {"at": at, **columns})


def _appeared(one: Written) -> list[str]:
    """Everything that is there; a tombstone under one of these paths is not one any more."""
    return [path for path, before, after in one.differences if before is None and after is not None]


def _columns(there: Sequence[Written]) -> dict[str, list[Json]]:
    return {
        "sites": [one.id for one in there],
        "bodies": [_clean(one.site.model_dump_json(exclude_defaults=True)) for one in there if one.site is not None],
        "documents": [_text(one.document) for one in there],
        "provenances": [_text(one.provenance) for one in there],
        "revisions": [one.revision for one in there],
        "statuses": [one.status.value for one in there],
        "dues": [one.due for one in there],
    }


def _kept(row: Row[tuple[Json, ...]]) -> Kept:
    removal = Removal(row.removed_at, row.removed_by) if row.removed_at is not None else None
    status = ServiceStatus.REMOVED if removal else ServiceStatus(row.status)
    return Kept(SiteId(row.site), row.revision, row.changed_at, status, removal, row.body, row.document, row.provenance)


def _value(stored: str | None) -> Json:
    return None if stored is None else json.loads(stored)


def _text(value: Json) -> str:
    return _clean(json.dumps(value))


def _clean(document: str) -> str:
    """PostgreSQL takes any character but this one, and text that is Unicode."""
    return document.replace(NUL, "\\ufffd")
