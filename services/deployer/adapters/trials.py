"""Trials in PostgreSQL: rows are leased, advanced without a transaction open, and written back under their lease."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.deployer.domain.trial import Errand, Phase, Step, Trial
from services.deployer.ports import Change, Claim, Leased, Ordered, Removal
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.vocabulary import DeploymentId, Revision, TrialNo

START = text("""
    INSERT INTO trials (deployment_id, trial, revision, backend, site, phase, due_at, body, cause, trace)
    SELECT d, n, r, k, s, 'create', CAST(:now AS timestamptz), b, c, t FROM unnest(
        CAST(:deployments AS text[]), CAST(:trials AS int[]), CAST(:revisions AS int[]), CAST(:backends AS text[]),
        CAST(:sites AS text[]), CAST(:bodies AS text[]), CAST(:causes AS text[]), CAST(:traces AS text[])
    ) AS u(d, n, r, k, s, b, c, t)
    ON CONFLICT DO NOTHING
""")
REMOVE = text("""
    INSERT INTO trials
        (deployment_id, trial, revision, backend, site, phase, due_at, body, cause, trace, wanted_gone, force)
    SELECT d, n, r, k, s, 'broken', CAST(:now AS timestamptz), b, c, t, true, f
    FROM unnest(
        CAST(:deployments AS text[]), CAST(:trials AS int[]), CAST(:revisions AS int[]), CAST(:backends AS text[]),
        CAST(:sites AS text[]), CAST(:bodies AS text[]), CAST(:causes AS text[]), CAST(:traces AS text[]),
        CAST(:forces AS boolean[])
    ) AS u(d, n, r, k, s, b, c, t, f)
    ON CONFLICT (deployment_id, trial) DO UPDATE SET
        wanted_gone = true, force = trials.force OR excluded.force, body = excluded.body, cause = excluded.cause,
        trace = excluded.trace, due_at = excluded.due_at, tries = 0, failing_since = NULL, stuck = false,
        phase = CASE WHEN trials.phase = 'gone' THEN 'broken' ELSE trials.phase END
""")
CHANGE = text("""
    UPDATE trials SET revision = u.r, phase = u.p, body = u.b, cause = u.c, trace = u.t, digest = '',
        due_at = CAST(:now AS timestamptz), tries = 0, failing_since = NULL, lease_token = NULL, lease_until = NULL
    FROM unnest(
        CAST(:deployments AS text[]), CAST(:trials AS int[]), CAST(:revisions AS int[]), CAST(:backends AS text[]),
        CAST(:sites AS text[]), CAST(:bodies AS text[]), CAST(:causes AS text[]), CAST(:traces AS text[]),
        CAST(:phases AS text[])
    ) AS u(d, n, r, k, s, b, c, t, p)
    WHERE trials.deployment_id = u.d AND trials.trial = u.n AND NOT trials.wanted_gone AND trials.phase <> 'gone'
""")
CLAIM = text("""
    UPDATE trials SET lease_token = :token, lease_until = CAST(:until AS timestamptz),
        calls = calls + CASE WHEN phase = 'create' AND NOT wanted_gone THEN 1 ELSE 0 END
    WHERE (deployment_id, trial) IN (
        SELECT deployment_id, trial FROM trials
        WHERE backend = :backend AND due_at <= :now AND (lease_until IS NULL OR lease_until < :now)
        ORDER BY due_at LIMIT :room FOR UPDATE SKIP LOCKED
    ) RETURNING *
""")
EXTEND = text("""
    UPDATE trials SET lease_until = CAST(:until AS timestamptz)
    WHERE lease_token = :token AND (deployment_id, trial) IN
    (SELECT * FROM unnest(CAST(:deployments AS text[]), CAST(:trials AS int[])))
""")
RECORD = text("""
    UPDATE trials SET phase = u.phase, tries = u.tries, failing_since = u.failing, seen_gone = u.seen, stuck = u.stuck,
        external_id = u.external, digest = u.digest, told = u.told, lease_token = NULL, lease_until = NULL,
        due_at = CASE WHEN trials.wanted_gone AND NOT u.cleaning THEN CAST(:now AS timestamptz) ELSE u.due END
    FROM unnest(
        CAST(:deployments AS text[]), CAST(:trials AS int[]), CAST(:phases AS text[]), CAST(:tries AS int[]),
        CAST(:failing AS timestamptz[]), CAST(:seen AS boolean[]), CAST(:stuck AS boolean[]),
        CAST(:externals AS text[]),
        CAST(:digests AS text[]), CAST(:told AS int[]), CAST(:dues AS timestamptz[]), CAST(:cleaning AS boolean[]),
        CAST(:tokens AS text[])
    ) AS u(deployment, trial, phase, tries, failing, seen, stuck, external, digest, told, due, cleaning, token)
    WHERE trials.deployment_id = u.deployment AND trials.trial = u.trial AND trials.lease_token = u.token
    RETURNING trials.deployment_id, trials.trial
""")
REQUESTS = text("""
    SELECT body FROM requests WHERE (deployment_id, revision) IN
    (SELECT * FROM unnest(CAST(:deployments AS text[]), CAST(:revisions AS int[])))
""")


class PostgresTrials:
    """The store of trials; see `ports.Trials` for what it promises."""

    async def start(self, connection: AsyncConnection, orders: Sequence[Ordered], at: datetime) -> None:
        """A row for each order, due at once; ordered twice is ordered once."""
        if orders:
            await connection.execute(START, {"now": at, **_ordered(orders)})

    async def change(self, connection: AsyncConnection, changes: Sequence[Change], at: datetime) -> None:
        """Have each trial that is not to go changed; whoever has it in hand loses it."""
        if changes:
            columns = _ordered([change.ordered for change in changes])
            await connection.execute(CHANGE, {"now": at, "phases": [one.phase.value for one in changes], **columns})

    async def remove(self, connection: AsyncConnection, removals: Sequence[Removal], at: datetime) -> None:
        """Want each trial gone, whatever it is doing; one that was never started gets a row all the same."""
        last = {(removal.ordered.deployment_id, removal.ordered.trial): removal for removal in removals}
        if last:
            columns = _ordered([removal.ordered for removal in last.values()])
            await connection.execute(
                REMOVE, {"now": at, "forces": [removal.force for removal in last.values()], **columns}
            )

    async def claim(self, connection: AsyncConnection, claim: Claim) -> list[Leased]:
        """Lease what is due; a creation is counted before it is asked for, so that a crash leaves its trace."""
        until = claim.at + claim.lease
        asked = {"backend": claim.backend, "token": claim.token, "now": claim.at, "until": until, "room": claim.room}
        rows = await connection.execute(CLAIM, asked)
        return [Leased(_trial(row._mapping), row.lease_token, row.cause, json.loads(row.trace)) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name

    async def extend(self, connection: AsyncConnection, held: Iterable[Leased], token: str, until: datetime) -> None:
        """Hold on to what is still in hand."""
        keys = [(leased.trial.deployment_id, leased.trial.number) for leased in held]
        if keys:
            columns = {"deployments": [deployment for deployment, _ in keys], "trials": [number for _, number in keys]}
            await connection.execute(EXTEND, {"token": token, "until": until, **columns})

    async def record(
        self, connection: AsyncConnection, steps: Sequence[tuple[Leased, Step]], at: datetime
    ) -> set[tuple[DeploymentId, TrialNo]]:
        """Write the steps whose lease still holds; returns their keys. The rest belong to somebody else by now."""
        rows = await connection.execute(RECORD, {"now": at, **_steps(steps)})
        return {(DeploymentId(row.deployment_id), TrialNo(row.trial)) for row in rows}

    async def requests(
        self, connection: AsyncConnection, keys: Iterable[tuple[DeploymentId, Revision]]
    ) -> list[DeploymentRequested]:
        """What was asked for, for the trials that need it."""
        wanted = list(keys)
        columns = {
            "deployments": [deployment for deployment, _ in wanted],
            "revisions": [revision for _, revision in wanted],
        }
        rows = await connection.execute(REQUESTS, columns)
        return [DeploymentRequested.model_validate_json(row.body) for row in rows]


def _ordered(orders: Sequence[Ordered]) -> dict[str, list[object]]:
    return {
        "deployments": [order.deployment_id for order in orders],
        "trials": [order.trial for order in orders],
        "revisions": [order.revision for order in orders],
        "backends": [order.errand.candidate.backend for order in orders],
        "sites": [order.errand.candidate.site for order in orders],
        "bodies": [order.errand.model_dump_json(exclude_defaults=True) for order in orders],
        "causes": [order.cause for order in orders],
        "traces": [json.dumps(dict(order.trace)) for order in orders],
    }


def _steps(steps: Sequence[tuple[Leased, Step]]) -> dict[str, list[object]]:
    trials = [step.trial for _, step in steps]
    return {
        "deployments": [trial.deployment_id for trial in trials],
        "trials": [trial.number for trial in trials],
        "phases": [trial.phase.value for trial in trials],
        "tries": [trial.tries for trial in trials],
        "failing": [trial.failing_since for trial in trials],
        "seen": [trial.seen_gone for trial in trials],
        "stuck": [trial.stuck for trial in trials],
        "externals": [trial.external_id for trial in trials],
        "digests": [trial.digest for trial in trials],
        "told": [trial.told for trial in trials],
        "dues": [trial.due_at for trial in trials],
        "cleaning": [leased.trial.cleaning for leased, _ in steps],
        "tokens": [leased.token for leased, _ in steps],
    }


def _trial(row: RowMapping) -> Trial:
    values = {name: row[name] for name in Trial.__dataclass_fields__ if name in row}
    values |= {
        "number": row["trial"],
        "phase": Phase(str(row["phase"])),
        "errand": Errand.model_validate_json(str(row["body"])),
    }
    return Trial(**values)
