"""Sagas in PostgreSQL: loaded under a lock, saved against their version, many at a time."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.deployer.domain.states import (
    Deleted,
    Deleting,
    DeletionStuck,
    Deployed,
    Failed,
    NotStarted,
    Ranking,
    State,
    Trying,
    Updating,
)
from services.deployer.ports import Stored
from shared.contracts.deployments import DeploymentRequested, UpdateRequested
from shared.contracts.vocabulary import DeploymentId
from shared.failures import Transient

KINDS: Mapping[str, type[State]] = {
    kind.__name__: kind
    for kind in (NotStarted, Ranking, Trying, Deployed, Updating, Failed, Deleting, DeletionStuck, Deleted)
}
LOAD = text("""
    SELECT deployment_id, version, name, state FROM sagas
    WHERE deployment_id = ANY(CAST(:ids AS text[])) ORDER BY deployment_id FOR UPDATE
""")
SAVE = text("""
    INSERT INTO sagas (deployment_id, version, name, state)
    SELECT * FROM unnest(
        CAST(:ids AS text[]), CAST(:versions AS int[]), CAST(:names AS text[]), CAST(:states AS text[])
    )
    ON CONFLICT (deployment_id) DO UPDATE
    SET version = excluded.version, name = excluded.name, state = excluded.state, updated_at = now()
    WHERE sagas.version = excluded.version - 1
""")
KEEP = text("""
    INSERT INTO requests (deployment_id, revision, body)
    SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:revisions AS int[]), CAST(:bodies AS text[]))
    ON CONFLICT DO NOTHING
""")
COUNT = text("SELECT name, count(*) AS sagas FROM sagas GROUP BY name")
Row: TypeAlias = tuple[DeploymentId, Stored]
_NOT_STARTED = NotStarted()
_ADAPTERS = {name: TypeAdapter(kind) for name, kind in KINDS.items()}


class PostgresSagas:
    """The store of sagas; see `ports.Sagas` for what it promises."""

    async def load(self, connection: AsyncConnection, ids: Iterable[DeploymentId]) -> dict[DeploymentId, Stored]:
        """The sagas of `ids`, locked in one order so that two batches cannot wait for each other."""
        wanted = sorted(set(ids))
        rows = await connection.execute(LOAD, {"ids": wanted})
        found = {DeploymentId(row.deployment_id): Stored(_parse(row.name, row.state), row.version) for row in rows}
        return {deployment: found.get(deployment, Stored(_NOT_STARTED, 0)) for deployment in wanted}

    async def save(self, connection: AsyncConnection, sagas: Mapping[DeploymentId, Stored]) -> None:
        """Write the sagas, each one version on. Raises `Transient` when somebody else moved one meanwhile."""
        if not sagas:
            return
        ordered = sorted(sagas.items())
        result = await connection.execute(
            SAVE,
            {
                "ids": [deployment for deployment, _ in ordered],
                "versions": [stored.version + 1 for _, stored in ordered],
                "names": [type(stored.state).__name__ for _, stored in ordered],
                "states": [stored.state.model_dump_json(exclude_defaults=True) for _, stored in ordered],
            },
        )
        if result.rowcount != len(ordered):
            raise Transient("another worker moved one of these sagas; the batch is tried again")

    async def keep_requests(
        self, connection: AsyncConnection, requests: Iterable[DeploymentRequested | UpdateRequested]
    ) -> None:
        """Keep what was asked for, for the backends; the first telling of a revision counts."""
        rows = {(request.deployment_id, request.revision): request for request in requests}
        if rows:
            bodies = {
                "ids": [deployment for deployment, _ in rows],
                "revisions": [revision for _, revision in rows],
                "bodies": [request.model_dump_json(exclude_defaults=True) for request in rows.values()],
            }
            await connection.execute(KEEP, bodies)

    async def counts(self, connection: AsyncConnection) -> dict[str, int]:
        """How many sagas are in which state."""
        return {row.name: row.sagas for row in await connection.execute(COUNT)}


def _parse(name: str, state: str) -> State:
    return _ADAPTERS[name].validate_json(state)
