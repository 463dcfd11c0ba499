"""Rankings as they were kept, read back in the order they were made; a page at a time."""

import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ranker.adapters.frost import SET, thawed
from services.ranker.ports import Kept
from shared.contracts.envelope import Envelope
from shared.contracts.ranking import NoSiteFits, SitesRanked
from shared.contracts.vocabulary import DeploymentId
from shared.messaging.database import Database

COLUMNS = "deployment_id, revision, ranked_at, told_type, told, request, weights, inputs, method, facts, books"
OF_ONE = text(f"SELECT {COLUMNS} FROM rankings WHERE deployment_id = :id ORDER BY revision")  # noqa: S608 - our own
PAGE = text(f"""
    SELECT {COLUMNS} FROM rankings
    WHERE ranked_at >= :since
        AND (ranked_at, deployment_id, revision) > (:at, CAST(:id AS text), CAST(:revision AS int))
    ORDER BY ranked_at, deployment_id, revision LIMIT :most
""")  # noqa: S608
TOLD: Mapping[str, type[SitesRanked | NoSiteFits]] = {kind.type(): kind for kind in (SitesRanked, NoSiteFits)}
A_PAGE = 100


async def rankings_of(connection: AsyncConnection, deployment: DeploymentId) -> Sequence[Kept]:
    """The rankings of a deployment, oldest first."""
    return [_kept(row) for row in await connection.execute(OF_ONE, {"id": deployment})]


class PostgresRecords:
    """See `ports.Records` for what it promises. Each page is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, then: datetime) -> AsyncIterator[Kept]:
        at, deployment, revision = then, "", 0
        while True:
            place = {"since": then, "at": at, "id": deployment, "revision": revision, "most": A_PAGE}
            async with self._database.transaction() as connection:
                page = [_kept(row) for row in await connection.execute(PAGE, place)]
            for kept in page:
                yield kept
                at, deployment, revision = kept.at, kept.told.deployment_id, kept.told.revision
            if len(page) < A_PAGE:
                return

    async def facts(self, digest: str) -> Sequence[Envelope] | None:
        async with self._database.transaction() as connection:
            if await connection.scalar(SET, {"digest": digest}) is None:
                return None
            return await thawed(connection, digest)


def _kept(row: Row[tuple[object, ...]]) -> Kept:
    return Kept(
        told=TOLD[row.told_type].model_validate_json(row.told),
        at=row.ranked_at,
        request=row.request,
        weights=row.weights,
        inputs=row.inputs,
        method=row.method,
        facts=row.facts,
        books=None if row.books is None else zlib.decompress(row.books).decode(),
    )
