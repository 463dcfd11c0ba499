"""The audit trail in PostgreSQL; see `ports.Books` for what is promised.

The table takes entries and gives none back: a trigger refuses everything but the one step from written to linked.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.domain.audit import FIRST, AuditQuestion, Entry, Link, linked
from shared.contracts.audit import Deed

WRITE = text("""
    INSERT INTO audit (at, deed) SELECT * FROM unnest(CAST(:ats AS timestamptz[]), CAST(:deeds AS jsonb[]))
""")
MY_TURN = text("SELECT pg_try_advisory_xact_lock(hashtext('corale audit'), hashtext(current_schema()))")
UNLINKED = text("SELECT place, deed::text AS deed FROM audit WHERE seq IS NULL ORDER BY place LIMIT :most")
LAST = text("SELECT seq, hash FROM audit WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1")
LINK = text("""
    UPDATE audit SET seq = u.seq, before = u.before, hash = u.hash
    FROM unnest(CAST(:places AS bigint[]), CAST(:seqs AS bigint[]), CAST(:befores AS text[]), CAST(:hashes AS text[]))
        AS u(place, seq, before, hash)
    WHERE audit.place = u.place
""")
LINKS = text("""
    SELECT seq, deed::text AS deed, before, hash FROM audit WHERE seq > :after ORDER BY seq LIMIT :limit
""")
MATCHING = """
    FROM audit
    WHERE (CAST(:issuer AS text) IS NULL OR issuer = :issuer OR owner_issuer = :issuer
           OR (issuer IS NULL AND CAST(:about AS text) IS NULL))
    AND (CAST(:about AS text) IS NULL OR about = :about)
    AND (CAST(:subject AS text) IS NULL OR subject = :subject)
    AND (CAST(:doing AS text) IS NULL OR doing = :doing)
    AND (CAST(:outcome AS text) IS NULL OR outcome = :outcome)
    AND (CAST(:since AS timestamptz) IS NULL OR at >= :since)
    AND (CAST(:until AS timestamptz) IS NULL OR at < :until)
"""
COUNT = text(f"SELECT count(*) {MATCHING}")
READ = text(f"SELECT seq, deed::text AS deed, hash {MATCHING} ORDER BY place DESC LIMIT :size OFFSET :skip")


class PostgresBooks:
    """The store of the audit trail."""

    async def write(self, connection: AsyncConnection, deeds: Sequence[Deed]) -> None:
        """Add entries."""
        columns = {
            "ats": [deed.at for deed in deeds],
            "deeds": [deed.model_dump_json(exclude_defaults=True) for deed in deeds],
        }
        await connection.execute(WRITE, columns)

    async def link(self, connection: AsyncConnection, most: int) -> Sequence[Link]:
        """Link the oldest entries that are not linked. Late commits only mean a later place."""
        if not await connection.scalar(MY_TURN):
            return []
        rows = (await connection.execute(UNLINKED, {"most": most})).all()
        if not rows:
            return []
        last = (await connection.execute(LAST)).first()
        seq, before = (last.seq, last.hash) if last is not None else (0, FIRST)
        links = linked((Deed.model_validate_json(row.deed) for row in rows), seq=seq, before=before)
        columns = {
            "places": [row.place for row in rows],
            "seqs": [link.seq for link in links],
            "befores": [link.before for link in links],
            "hashes": [link.hash for link in links],
        }
        await connection.execute(LINK, columns)
        return links

    async def links(self, connection: AsyncConnection, after: int, limit: int) -> Sequence[Link]:
        """The chain as it is stored."""
        rows = await connection.execute(LINKS, {"after": after, "limit": limit})
        return [
            Link(seq=row.seq, deed=Deed.model_validate_json(row.deed), before=row.before, hash=row.hash) for row in rows
        ]

    async def read(self, connection: AsyncConnection, question: AuditQuestion) -> tuple[Sequence[Entry], int]:
        """A page of entries."""
        asked = {
            "issuer": question.issuer,
            "about": question.about,
            "subject": question.subject,
            "doing": question.doing,
            "outcome": question.outcome,
            "since": question.since,
            "until": question.until,
        }
        total = await connection.scalar(COUNT, asked)
        window = {"size": question.size, "skip": question.page * question.size}
        rows = await connection.execute(READ, {**asked, **window})
        return [Entry(row.seq, Deed.model_validate_json(row.deed), row.hash) for row in rows], total or 0
