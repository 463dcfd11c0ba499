"""Agreements in PostgreSQL."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.slam.domain.lifecycle import Status
from services.slam.domain.record import Record, Source
from services.slam.domain.terms import Terms
from services.slam.ports import Kept, Near, Tally, Version
from shared.contracts.agreements import AgreementChanged
from shared.contracts.topology import Json
from shared.contracts.vocabulary import AgreementId, Principal

COLUMNS = "agreement, status, source, revision, terms, changed_at, told, next_at"
LOCK = text("SELECT pg_advisory_xact_lock(hashtext('corale federation'), hashtext(current_schema()))")
FROM_FILES = text(f"""
    SELECT {COLUMNS} FROM agreements WHERE source = 'file' OR agreement = ANY(CAST(:named AS text[]))
    ORDER BY agreement FOR UPDATE
""")  # noqa: S608 - constants of ours only, here and below
ONE = text(f"SELECT {COLUMNS} FROM agreements WHERE agreement = :agreement")  # noqa: S608
ONE_LOCKED = text(f"SELECT {COLUMNS} FROM agreements WHERE agreement = :agreement FOR UPDATE")  # noqa: S608
LOOK = text(f"""
    SELECT {COLUMNS} FROM agreements
    WHERE (CAST(:of AS text) IS NULL OR of_group = CAST(:of AS text))
      AND (CAST(:site AS text) IS NULL OR site = CAST(:site AS text))
      AND (CAST(:anywhere AS boolean) OR of_group = ANY(CAST(:groups AS text[])) OR site = ANY(CAST(:sites AS text[]))
           OR strpos(terms, '"managers"') > 0)
    ORDER BY agreement
""")  # noqa: S608
DUE = text(f"""
    SELECT {COLUMNS} FROM agreements WHERE next_at <= :at ORDER BY next_at LIMIT :most FOR UPDATE SKIP LOCKED
""")  # noqa: S608
RECONSIDER = text("UPDATE agreements SET next_at = :at WHERE status = 'signed'")
KEEP = text("""
    INSERT INTO agreements
        (agreement, of_group, site, status, source, revision, terms, changed_at, state, told, next_at)
    SELECT * FROM unnest(
        CAST(:agreements AS text[]), CAST(:groups AS text[]), CAST(:sites AS text[]), CAST(:statuses AS text[]),
        CAST(:sources AS text[]), CAST(:revisions AS bigint[]), CAST(:terms AS text[]),
        CAST(:changed AS timestamptz[]), CAST(:states AS text[]), CAST(:told AS text[]), CAST(:next AS timestamptz[])
    )
    ON CONFLICT (agreement) DO UPDATE
    SET of_group = excluded.of_group, site = excluded.site, status = excluded.status, revision = excluded.revision,
        terms = excluded.terms, changed_at = excluded.changed_at, state = excluded.state, told = excluded.told,
        next_at = excluded.next_at
""")
REMEMBER = text("""
    INSERT INTO versions (agreement, revision, at, act, status, terms, who, comment)
    SELECT * FROM unnest(
        CAST(:agreements AS text[]), CAST(:revisions AS bigint[]), CAST(:ats AS timestamptz[]), CAST(:acts AS text[]),
        CAST(:statuses AS text[]), CAST(:terms AS text[]), CAST(:whos AS text[]), CAST(:comments AS text[])
    )
""")
HISTORY = text("""
    SELECT agreement, revision, at, act, status, terms, who, comment FROM versions
    WHERE agreement = :agreement ORDER BY revision
""")
TALLY = text("SELECT state, count(*) AS n, min(next_at) AS next_at FROM agreements GROUP BY state")


class PostgresAgreements:
    """The store of agreements; see `ports.Agreements` for what it promises."""

    async def from_files(self, connection: AsyncConnection, named: Collection[AgreementId]) -> dict[AgreementId, Kept]:
        await connection.execute(LOCK)
        found = [_kept(row) for row in await connection.execute(FROM_FILES, {"named": sorted(named)})]
        return {kept.record.id: kept for kept in found}

    async def one(self, connection: AsyncConnection, agreement: AgreementId, *, lock: bool = False) -> Kept | None:
        row = (await connection.execute(ONE_LOCKED if lock else ONE, {"agreement": agreement})).one_or_none()
        return None if row is None else _kept(row)

    async def look(
        self,
        connection: AsyncConnection,
        *,
        group: str | None = None,
        site: str | None = None,
        near: Near | None = None,
    ) -> list[Kept]:
        groups, sites = (sorted(near.groups), sorted(near.sites)) if near else ([], [])
        asked = {"of": _plain(group), "site": site, "anywhere": near is None, "groups": groups, "sites": sites}
        return [_kept(row) for row in await connection.execute(LOOK, asked)]

    async def due(self, connection: AsyncConnection, at: datetime, most: int) -> list[Kept]:
        return [_kept(row) for row in await connection.execute(DUE, {"at": at, "most": most})]

    async def reconsider(self, connection: AsyncConnection, at: datetime) -> None:
        await connection.execute(RECONSIDER, {"at": at})

    async def keep(self, connection: AsyncConnection, changed: Sequence[Kept]) -> None:
        if not changed:
            return
        columns = {
            "agreements": [kept.record.id for kept in changed],
            "groups": [_plain(kept.record.terms.group) for kept in changed],
            "sites": [kept.record.terms.site for kept in changed],
            "statuses": [kept.record.status.value for kept in changed],
            "sources": [kept.record.source.value for kept in changed],
            "revisions": [kept.record.revision for kept in changed],
            "terms": [_written(kept.record.terms) for kept in changed],
            "changed": [kept.changed_at for kept in changed],
            "states": [kept.told.state.value if kept.told else None for kept in changed],
            "told": [kept.told.model_dump_json(exclude_defaults=True) if kept.told else None for kept in changed],
            "next": [kept.next_at for kept in changed],
        }
        await connection.execute(KEEP, columns)

    async def remember(self, connection: AsyncConnection, versions: Sequence[Version]) -> None:
        if not versions:
            return
        columns = {
            "agreements": [version.agreement for version in versions],
            "revisions": [version.revision for version in versions],
            "ats": [version.at for version in versions],
            "acts": [version.act for version in versions],
            "statuses": [version.status.value for version in versions],
            "terms": [_written(version.terms) for version in versions],
            "whos": [version.who.model_dump_json() if version.who else None for version in versions],
            "comments": [version.comment for version in versions],
        }
        await connection.execute(REMEMBER, columns)

    async def history(self, connection: AsyncConnection, agreement: AgreementId) -> list[Version]:
        return [
            Version(
                AgreementId(row.agreement),
                row.revision,
                row.at,
                row.act,
                Status(row.status),
                Terms.model_validate_json(row.terms),
                None if row.who is None else Principal.model_validate_json(row.who),
                row.comment,
            )
            for row in await connection.execute(HISTORY, {"agreement": agreement})
        ]

    async def tally(self, connection: AsyncConnection) -> Tally:
        rows = (await connection.execute(TALLY)).all()
        dates = [row.next_at for row in rows if row.next_at is not None]
        return Tally({row.state or "unknown": row.n for row in rows}, min(dates, default=None))


def _kept(row: Row[Json]) -> Kept:
    record = Record(
        AgreementId(row.agreement),
        Status(row.status),
        Terms.model_validate_json(row.terms),
        row.revision,
        Source(row.source),
    )
    told = None if row.told is None else AgreementChanged.model_validate_json(row.told)
    return Kept(record, row.changed_at, told, row.next_at)


def _written(terms: Terms) -> str:
    return terms.model_dump_json(exclude_defaults=True)


def _plain(group: str | None) -> str | None:
    """A group's name counts without its leading slash."""
    return None if group is None else group.removeprefix("/")
