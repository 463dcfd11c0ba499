"""The ranker's memory in PostgreSQL. One batch at a time recalls and keeps, over all replicas."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ranker.domain.amounts import DIMENSIONS, Amounts
from services.ranker.domain.books import Account, Changes, Recalled
from services.ranker.domain.experience import Experience
from services.ranker.domain.federation import Place
from services.ranker.domain.holding import Holding, HoldingState
from services.ranker.ports import Kept, Wanted
from shared.contracts.ranking import NoSiteFits, SitesRanked
from shared.contracts.vocabulary import AgreementId, DeploymentId, Revision, ServiceId, SiteId, TrialNo

AMOUNTS = ", ".join(DIMENSIONS)
ARRAYS = ", ".join(f"CAST(:{name} AS float8[])" for name in DIMENSIONS)
SUMS = ", ".join(f"sum({name}) AS {name}" for name in DIMENSIONS)

ALONE = text("SELECT pg_advisory_xact_lock(hashtext('corale ranker'), hashtext(current_schema()))")
HOLDINGS = text(f"""
    SELECT deployment_id, revision, site, service, agreement, state, since, trial, {AMOUNTS} FROM holdings
    WHERE deployment_id = ANY(CAST(:ids AS text[])) ORDER BY deployment_id, revision, site, service
""")  # noqa: S608 - column names of our own
ACCOUNTS = text(f"SELECT site, service, agreement, {AMOUNTS} FROM accounts")  # noqa: S608
UNSEEN = text(f"""
    SELECT site, service, {SUMS}
    FROM holdings JOIN unnest(CAST(:sites AS text[]), CAST(:services AS text[]), CAST(:counted AS timestamptz[]))
        AS count (site, service, at) USING (site, service)
    WHERE state IN ('meant', 'running', 'failed') OR (state = 'standing' AND since > :oldest AND since > count.at)
    GROUP BY site, service
""")  # noqa: S608
EXPERIENCE = text("SELECT site, service, failures, at FROM experience WHERE at > :since")
PUT_HOLDINGS = text(f"""
    INSERT INTO holdings (deployment_id, revision, site, service, agreement, state, since, trial, {AMOUNTS})
    SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:revisions AS int[]), CAST(:sites AS text[]),
        CAST(:services AS text[]), CAST(:agreements AS text[]), CAST(:states AS text[]),
        CAST(:times AS timestamptz[]), CAST(:trials AS int[]), {ARRAYS})
    ON CONFLICT (deployment_id, revision, site, service) DO UPDATE SET agreement = excluded.agreement,
        state = excluded.state, since = excluded.since, trial = excluded.trial,
        {", ".join(f"{name} = excluded.{name}" for name in DIMENSIONS)}
""")  # noqa: S608
DROP_HOLDINGS = text("""
    DELETE FROM holdings USING unnest(CAST(:ids AS text[]), CAST(:revisions AS int[]), CAST(:sites AS text[]),
        CAST(:services AS text[])) AS gone (deployment_id, revision, site, service)
    WHERE holdings.deployment_id = gone.deployment_id AND holdings.revision = gone.revision
        AND holdings.site = gone.site AND holdings.service = gone.service
""")
ADD_TO_ACCOUNTS = text(f"""
    INSERT INTO accounts (site, service, agreement, {AMOUNTS})
    SELECT * FROM unnest(CAST(:sites AS text[]), CAST(:services AS text[]), CAST(:agreements AS text[]), {ARRAYS})
    ON CONFLICT (site, service, agreement) DO UPDATE
    SET {", ".join(f"{name} = accounts.{name} + excluded.{name}" for name in DIMENSIONS)}
""")  # noqa: S608
PUT_EXPERIENCE = text("""
    INSERT INTO experience (site, service, failures, at)
    SELECT * FROM unnest(CAST(:sites AS text[]), CAST(:services AS text[]), CAST(:failures AS float8[]),
        CAST(:times AS timestamptz[]))
    ON CONFLICT (site, service) DO UPDATE SET failures = excluded.failures, at = excluded.at
""")
PUT_RANKINGS = text("""
    INSERT INTO rankings (deployment_id, revision, ranked_at, told_type, told, request, weights, inputs)
    SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:revisions AS int[]), CAST(:times AS timestamptz[]),
        CAST(:types AS text[]), CAST(:told AS text[]), CAST(:requests AS text[]), CAST(:weights AS text[]),
        CAST(:inputs AS text[]))
    ON CONFLICT DO NOTHING
""")
RANKINGS = text("""
    SELECT ranked_at, told_type, told, request, weights, inputs FROM rankings
    WHERE deployment_id = :id ORDER BY revision
""")
TOLD: Mapping[str, type[SitesRanked | NoSiteFits]] = {kind.type(): kind for kind in (SitesRanked, NoSiteFits)}


class PostgresMemory:
    """See `ports.Memory` for what it promises."""

    async def recall(self, connection: AsyncConnection, wanted: Wanted) -> Recalled:
        await connection.execute(ALONE)
        rows = await connection.execute(HOLDINGS, {"ids": sorted(wanted.deployments)})
        found = [_holding(row) for row in rows]
        learned = await connection.execute(EXPERIENCE, {"since": wanted.since})
        experience = {_place(row): Experience(row.failures, row.at) for row in learned}
        if wanted.counted is None:
            return Recalled(found, experience=experience)
        accounts = {_account(row): _amounts(row) for row in await connection.execute(ACCOUNTS)}
        return Recalled(found, accounts, await _unseen(connection, wanted.counted), experience)

    async def keep(self, connection: AsyncConnection, changes: Changes, rankings: Sequence[Kept]) -> None:
        if changes.holdings:
            await connection.execute(PUT_HOLDINGS, _holding_columns(changes.holdings))
        if changes.gone:
            ids, revisions, sites, services = (list(column) for column in zip(*changes.gone, strict=True))
            gone = {"ids": ids, "revisions": revisions, "sites": sites, "services": services}
            await connection.execute(DROP_HOLDINGS, gone)
        if changes.accounts:
            await connection.execute(ADD_TO_ACCOUNTS, _account_columns(changes.accounts))
        if changes.experience:
            await connection.execute(PUT_EXPERIENCE, _experience_columns(changes.experience))
        if rankings:
            await connection.execute(PUT_RANKINGS, _ranking_columns(rankings))

    async def rankings(self, connection: AsyncConnection, deployment: DeploymentId) -> Sequence[Kept]:
        rows = await connection.execute(RANKINGS, {"id": deployment})
        return [
            Kept(
                told=TOLD[row.told_type].model_validate_json(row.told),
                at=row.ranked_at,
                request=row.request,
                weights=row.weights,
                inputs=row.inputs,
            )
            for row in rows
        ]


async def _unseen(connection: AsyncConnection, counted: Mapping[Place, datetime]) -> dict[Place, Amounts]:
    if not counted:
        return {}
    columns = {
        "sites": [site for site, _ in counted],
        "services": [service for _, service in counted],
        "counted": list(counted.values()),
        "oldest": min(counted.values()),
    }
    return {_place(row): _amounts(row) for row in await connection.execute(UNSEEN, columns)}


Found = Row[tuple[object, ...]]


def _holding(row: Found) -> Holding:
    return Holding(
        deployment=DeploymentId(row.deployment_id),
        revision=Revision(row.revision),
        site=SiteId(row.site),
        service=ServiceId(row.service),
        agreement=AgreementId(row.agreement),
        takes=_amounts(row),
        state=HoldingState(row.state),
        since=row.since,
        trial=None if row.trial is None else TrialNo(row.trial),
    )


def _place(row: Found) -> Place:
    return (SiteId(row.site), ServiceId(row.service))


def _account(row: Found) -> Account:
    return (*_place(row), AgreementId(row.agreement))


def _amounts(row: Found) -> Amounts:
    return Amounts(*(getattr(row, name) for name in DIMENSIONS))


def _columns(amounts: Iterable[Amounts]) -> dict[str, list[float]]:
    rows = list(amounts)
    return {name: [float(row[position]) for row in rows] for position, name in enumerate(DIMENSIONS)}


def _holding_columns(holdings: Collection[Holding]) -> dict[str, object]:
    return {
        "ids": [holding.deployment for holding in holdings],
        "revisions": [holding.revision for holding in holdings],
        "sites": [holding.site for holding in holdings],
        "services": [holding.service for holding in holdings],
        "agreements": [holding.agreement for holding in holdings],
        "states": [holding.state.value for holding in holdings],
        "times": [holding.since for holding in holdings],
        "trials": [holding.trial for holding in holdings],
        **_columns(holding.takes for holding in holdings),
    }


def _account_columns(accounts: Mapping[Account, Amounts]) -> dict[str, object]:
    ordered = sorted(accounts.items())
    return {
        "sites": [site for (site, _, _), _ in ordered],
        "services": [service for (_, service, _), _ in ordered],
        "agreements": [agreement for (_, _, agreement), _ in ordered],
        **_columns(change for _, change in ordered),
    }


def _experience_columns(experience: Mapping[Place, Experience]) -> dict[str, object]:
    return {
        "sites": [site for site, _ in experience],
        "services": [service for _, service in experience],
        "failures": [known.failures for known in experience.values()],
        "times": [known.at for known in experience.values()],
    }


def _ranking_columns(rankings: Sequence[Kept]) -> dict[str, object]:
    return {
        "ids": [kept.told.deployment_id for kept in rankings],
        "revisions": [kept.told.revision for kept in rankings],
        "times": [kept.at for kept in rankings],
        "types": [kept.told.type() for kept in rankings],
        "told": [kept.told.model_dump_json(exclude_defaults=True) for kept in rankings],
        "requests": [kept.request for kept in rankings],
        "weights": [kept.weights for kept in rankings],
        "inputs": [kept.inputs for kept in rankings],
    }
