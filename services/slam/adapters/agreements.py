"""Agreements in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.slam.ports import Kept
from shared.contracts.agreements import AgreementChanged
from shared.contracts.vocabulary import AgreementId

LOCK = text("SELECT pg_advisory_xact_lock(hashtext('corale federation'), hashtext(current_schema()))")
KNOWN = text("SELECT body FROM agreements")
LOOK = text("""
    SELECT body, changed_at FROM agreements
    WHERE (CAST(:agreement AS text) IS NULL OR agreement = CAST(:agreement AS text))
      AND (CAST(:of AS text) IS NULL OR of_group = CAST(:of AS text))
    ORDER BY agreement
""")
KEEP = text("""
    INSERT INTO agreements (agreement, of_group, body, changed_at)
    SELECT agreement, of_group, body, CAST(:at AS timestamptz)
    FROM unnest(CAST(:agreements AS text[]), CAST(:groups AS text[]), CAST(:bodies AS text[]))
        AS changed (agreement, of_group, body)
    ON CONFLICT (agreement) DO UPDATE
    SET of_group = excluded.of_group, body = excluded.body, changed_at = excluded.changed_at
""")


class PostgresAgreements:
    """The store of agreements; see `ports.Agreements` for what it promises."""

    async def known(self, connection: AsyncConnection) -> dict[AgreementId, AgreementChanged]:
        await connection.execute(LOCK)
        found = [AgreementChanged.model_validate_json(row.body) for row in await connection.execute(KNOWN)]
        return {agreement.agreement: agreement for agreement in found}

    async def write(self, connection: AsyncConnection, changes: Sequence[AgreementChanged], at: datetime) -> None:
        if not changes:
            return
        columns = {
            "agreements": [change.agreement for change in changes],
            "groups": [change.group for change in changes],
            "bodies": [change.model_dump_json(exclude_defaults=True) for change in changes],
        }
        await connection.execute(KEEP, {"at": at, **columns})

    async def look(
        self, connection: AsyncConnection, *, agreement: AgreementId | None = None, group: str | None = None
    ) -> list[Kept]:
        rows = await connection.execute(LOOK, {"agreement": agreement, "of": group})
        return [Kept(AgreementChanged.model_validate_json(row.body), row.changed_at) for row in rows]
