"""Counts what a group has under way, by an index that holds nothing else."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.app.limits import Group
from shared.contracts.vocabulary import DeploymentId

UNDER_WAY = text("""
    SELECT count(*) FROM deployments WHERE issuer = :issuer AND user_group = :group
    AND status IN ('CREATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'DELETE_IN_PROGRESS')
    AND NOT id = ANY(CAST(:beside AS text[]))
""")


class PostgresUnderWay:
    """`app.limits.UnderWay` in the store of views."""

    async def under_way(self, connection: AsyncConnection, group: Group, beside: Collection[DeploymentId]) -> int:
        """How many deployments of the group are unfinished."""
        issuer, name = group
        asked = {"issuer": issuer, "group": name, "beside": list(beside)}
        return int(await connection.scalar(UNDER_WAY, asked) or 0)
