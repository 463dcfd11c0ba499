"""What was read from sites, in PostgreSQL."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cmdb.domain.discovered import Known, Target, target_of
from shared.contracts.vocabulary import ServiceId, SiteId

MARK = text("SELECT concat_ws(' ', count(*), sum(revision), count(removed_at)) AS mark FROM sites")
WANTED = text("""
    SELECT s.site, jsonb_build_object('id', v -> 'id', 'endpoint', v -> 'endpoint', 'region', v -> 'region',
                                      'status', v -> 'status', 'discovery', v -> 'discovery')::text AS service
    FROM sites s, jsonb_array_elements(s.document -> 'services') AS v
    WHERE s.removed_at IS NULL AND v -> 'discovery' IS NOT NULL
    ORDER BY s.site, v ->> 'id'
""")
FORGET = text("""
    DELETE FROM discovered d
    WHERE NOT EXISTS (SELECT FROM unnest(CAST(:sites AS text[]), CAST(:services AS text[])) AS w (site, service)
                      WHERE w.site = d.site AND w.service = d.service)
    RETURNING d.site
""")
WATCH = text("""
    INSERT INTO discovered (site, service, target, due_at)
    SELECT site, service, target, CAST(:at AS timestamptz)
    FROM unnest(CAST(:sites AS text[]), CAST(:services AS text[]), CAST(:targets AS text[]))
         AS w (site, service, target)
    ON CONFLICT (site, service) DO UPDATE SET target = excluded.target, due_at = excluded.due_at
    WHERE discovered.target <> excluded.target
""")
COLUMNS = "d.target, d.document::text AS document, d.read_at, d.unreachable_since, d.failures, d.sentence"
CLAIM = text(f"""
    WITH due AS (
        SELECT site, service FROM discovered WHERE due_at <= CAST(:at AS timestamptz)
        ORDER BY due_at LIMIT :room FOR UPDATE SKIP LOCKED
    )
    UPDATE discovered d SET due_at = CAST(:until AS timestamptz) FROM due
    WHERE d.site = due.site AND d.service = due.service
    RETURNING {COLUMNS}
""")  # noqa: S608 - a constant of ours only
RECORD = text("""
    UPDATE discovered SET document = CAST(:document AS jsonb), read_at = :read_at, failures = :failures,
        unreachable_since = :unreachable_since, sentence = :sentence, due_at = :due_at
    WHERE site = :site AND service = :service AND target = :target
""")
KNOWN = text(f"""
    SELECT {COLUMNS} FROM discovered d WHERE d.site = ANY(CAST(:sites AS text[])) ORDER BY d.site, d.service
""")  # noqa: S608 - a constant of ours only


class PostgresDiscoveries:
    """See `ports.Discoveries`."""

    async def mark(self, connection: AsyncConnection) -> str:
        return str((await connection.execute(MARK)).scalar_one())

    async def wanted(self, connection: AsyncConnection) -> list[Target]:
        rows = await connection.execute(WANTED)
        found = [target_of(SiteId(row.site), json.loads(row.service)) for row in rows]
        return [target for target in found if target is not None]

    async def watch(self, connection: AsyncConnection, targets: Sequence[Target], at: datetime) -> list[SiteId]:
        keys = _keys(targets)
        gone = await connection.execute(FORGET, {"sites": keys["sites"], "services": keys["services"]})
        if targets:
            await connection.execute(WATCH, {**keys, "at": at})
        return sorted({SiteId(row.site) for row in gone})

    async def claim(self, connection: AsyncConnection, at: datetime, lease: timedelta, room: int) -> list[Known]:
        rows = await connection.execute(CLAIM, {"at": at, "until": at + lease, "room": room})
        return [_known(row) for row in rows.mappings()]

    async def record(self, connection: AsyncConnection, known: Known, due: datetime) -> None:
        row = {
            "site": known.target.site,
            "service": known.target.service,
            "target": _dumped(known.target),
            "document": json.dumps(known.document),
            "read_at": known.read_at,
            "unreachable_since": known.unreachable_since,
            "failures": known.failures,
            "sentence": known.sentence,
            "due_at": due,
        }
        await connection.execute(RECORD, row)

    async def known(self, connection: AsyncConnection, sites: Sequence[SiteId]) -> list[Known]:
        rows = await connection.execute(KNOWN, {"sites": list(sites)})
        return [_known(row) for row in rows.mappings()]


def _keys(targets: Iterable[Target]) -> dict[str, list[object]]:
    listed = list(targets)
    return {
        "sites": [target.site for target in listed],
        "services": [target.service for target in listed],
        "targets": [_dumped(target) for target in listed],
    }


def _dumped(target: Target) -> str:
    """One text for one target: whoever reads in another way than is wanted now is told so by it."""
    every = target.every.total_seconds() if target.every else None
    return json.dumps({**asdict(target), "every": every}, sort_keys=True)


def _known(row: RowMapping) -> Known:
    said = json.loads(row["target"])
    target = Target(
        site=SiteId(said["site"]),
        service=ServiceId(said["service"]),
        kind=said["kind"],
        endpoint=said["endpoint"],
        region=said["region"],
        settings=said["settings"],
        every=timedelta(seconds=said["every"]) if said["every"] else None,
    )
    return Known(
        target=target,
        document=json.loads(row["document"]),
        read_at=row["read_at"],
        unreachable_since=row["unreachable_since"],
        failures=row["failures"],
        sentence=row["sentence"],
    )
