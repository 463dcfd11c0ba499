"""Trials that are under way, in PostgreSQL: what ends a trial does not say where it was."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.monitoring.ports import Trial
from shared.contracts.vocabulary import DeploymentId, TrialNo

STARTED = text("""
    INSERT INTO trials (deployment_id, trial, site, service, started_at)
    SELECT * FROM unnest(CAST(:deployments AS text[]), CAST(:trials AS int[]), CAST(:sites AS text[]),
                         CAST(:services AS text[]), CAST(:times AS timestamptz[]))
    ON CONFLICT DO NOTHING
""")
ENDED = text("""
    DELETE FROM trials
    USING unnest(CAST(:deployments AS text[]), CAST(:trials AS int[])) AS ended (deployment_id, trial)
    WHERE trials.deployment_id = ended.deployment_id AND trials.trial = ended.trial RETURNING trials.*
""")
TIDY = text("DELETE FROM trials WHERE started_at < CAST(:before AS timestamptz)")


class PostgresTrials:
    """See `ports.Trials` for what it promises."""

    async def started(self, connection: AsyncConnection, trials: Sequence[Trial]) -> None:
        if trials:
            columns = {
                "deployments": [trial.deployment for trial in trials],
                "trials": [trial.trial for trial in trials],
                "sites": [trial.place[0] for trial in trials],
                "services": [trial.place[1] for trial in trials],
                "times": [trial.started_at for trial in trials],
            }
            await connection.execute(STARTED, columns)

    async def ended(
        self, connection: AsyncConnection, trials: Collection[tuple[DeploymentId, TrialNo]]
    ) -> dict[tuple[DeploymentId, TrialNo], Trial]:
        if not trials:
            return {}
        columns = {"deployments": [deployment for deployment, _ in trials], "trials": [trial for _, trial in trials]}
        known = [
            Trial(row.deployment_id, row.trial, (row.site, row.service), row.started_at)
            for row in await connection.execute(ENDED, columns)
        ]
        return {(trial.deployment, trial.trial): trial for trial in known}

    async def tidy(self, connection: AsyncConnection, before: datetime) -> int:
        return (await connection.execute(TIDY, {"before": before})).rowcount
