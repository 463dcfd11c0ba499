"""The ranker's memory in PostgreSQL. One batch at a time recalls and keeps, over all replicas."""

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ranker.adapters.frost import Frost, forget, thawed
from services.ranker.adapters.records import rankings_of
from services.ranker.domain.amounts import DIMENSIONS, NOTHING, Amounts
from services.ranker.domain.books import Changes, Recalled
from services.ranker.domain.experience import Experience, Lore, Topic
from services.ranker.domain.held import Account, Held
from services.ranker.domain.holding import Holding, HoldingState
from services.ranker.domain.offer import Place
from services.ranker.domain.table import Tenancy
from services.ranker.ports import FactSet, Kept, Wanted
from shared.contracts.envelope import Envelope
from shared.contracts.vocabulary import AgreementId, DeploymentId, Revision, ServiceId, SiteId, TrialNo
from shared.messaging.transaction import Work

AMOUNTS = ", ".join(DIMENSIONS)
ARRAYS = ", ".join(f"CAST(:{name} AS float8[])" for name in DIMENSIONS)
LESSONS = ", ".join(Experience._fields)
SUMS = ", ".join(f"sum({name}) AS {name}" for name in DIMENSIONS)

ALONE = text("SELECT pg_advisory_xact_lock(hashtext('corale ranker'), hashtext(current_schema()))")
HOLDINGS = text(f"""
    SELECT deployment_id, revision, site, service, agreement, state, since, trial, project, owner, sort, {AMOUNTS}
    FROM holdings
    WHERE deployment_id = ANY(CAST(:ids AS text[])) ORDER BY deployment_id, revision, site, service
""")  # noqa: S608 - column names of our own
ACCOUNTS = text(f"""
    SELECT site, service, agreement, project, {AMOUNTS}, told FROM accounts WHERE told > :known ORDER BY told
""")  # noqa: S608
SHARES = text(f"""
    SELECT owner, site, service, agreement, project, {SUMS} FROM holdings
    WHERE owner = ANY(CAST(:owners AS text[])) AND state <> 'offered'
    GROUP BY owner, site, service, agreement, project
""")  # noqa: S608
UNSEEN = text(f"""
    SELECT site, service, project, {SUMS}
    FROM holdings JOIN unnest(CAST(:sites AS text[]), CAST(:services AS text[]), CAST(:counted AS timestamptz[]))
        AS count (site, service, at) USING (site, service)
    WHERE state IN ('meant', 'running', 'failed') OR (state = 'standing' AND since > :oldest AND since > count.at)
    GROUP BY site, service, project
""")  # noqa: S608
LORE = text(f"SELECT site, service, sort, {LESSONS}, told FROM lore WHERE told > :known ORDER BY told")  # noqa: S608
PUT_HOLDINGS = text(f"""
    INSERT INTO holdings (deployment_id, revision, site, service, agreement, state, since, trial, project, owner, sort,
        {AMOUNTS})
    SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:revisions AS int[]), CAST(:sites AS text[]),
        CAST(:services AS text[]), CAST(:agreements AS text[]), CAST(:states AS text[]),
        CAST(:times AS timestamptz[]), CAST(:trials AS int[]), CAST(:projects AS text[]), CAST(:owners AS text[]),
        CAST(:sorts AS text[]), {ARRAYS})
    ON CONFLICT (deployment_id, revision, site, service) DO UPDATE SET agreement = excluded.agreement,
        state = excluded.state, since = excluded.since, trial = excluded.trial,
        project = excluded.project, owner = excluded.owner, sort = excluded.sort,
        {", ".join(f"{name} = excluded.{name}" for name in DIMENSIONS)}
""")  # noqa: S608
DROP_HOLDINGS = text("""
    DELETE FROM holdings USING unnest(CAST(:ids AS text[]), CAST(:revisions AS int[]), CAST(:sites AS text[]),
        CAST(:services AS text[])) AS gone (deployment_id, revision, site, service)
    WHERE holdings.deployment_id = gone.deployment_id AND holdings.revision = gone.revision
        AND holdings.site = gone.site AND holdings.service = gone.service
""")
ADD_TO_ACCOUNTS = text(f"""
    INSERT INTO accounts (site, service, agreement, project, {AMOUNTS})
    SELECT * FROM unnest(CAST(:sites AS text[]), CAST(:services AS text[]), CAST(:agreements AS text[]),
        CAST(:projects AS text[]), {ARRAYS})
    ON CONFLICT (site, service, agreement, project) DO UPDATE
    SET told = nextval('accounts_told'),
        {", ".join(f"{name} = accounts.{name} + excluded.{name}" for name in DIMENSIONS)}
""")  # noqa: S608
PUT_LORE = text(f"""
    INSERT INTO lore (site, service, sort, {LESSONS}, told)
    SELECT *, nextval('lore_told') FROM unnest(CAST(:sites AS text[]), CAST(:services AS text[]),
        CAST(:sorts AS text[]), {", ".join(f"CAST(:{name} AS float8[])" for name in Experience._fields)})
    ON CONFLICT (site, service, sort) DO UPDATE SET told = excluded.told,
        {", ".join(f"{name} = excluded.{name}" for name in Experience._fields)}
""")  # noqa: S608
PUT_RANKINGS = text("""
    INSERT INTO rankings
        (deployment_id, revision, ranked_at, told_type, told, request, weights, inputs, method, facts, books)
    SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:revisions AS int[]), CAST(:times AS timestamptz[]),
        CAST(:types AS text[]), CAST(:told AS text[]), CAST(:requests AS text[]), CAST(:weights AS text[]),
        CAST(:inputs AS text[]), CAST(:methods AS text[]), CAST(:facts AS text[]), CAST(:books AS bytea[]))
    ON CONFLICT DO NOTHING
""")


class PostgresMemory:
    """See `ports.Memory` for what it promises. Sums and lore are read once, and then only what is new in them.

    Whoever writes them holds the lock until it commits, so what is numbered later is committed later.
    """

    def __init__(self) -> None:
        self._lore = Lore({})
        self._known = 0
        self._held = Held({}, {})
        self._accounts: dict[Account, Amounts] = {}
        self._counted = 0
        self._frost = Frost()

    async def recall(self, connection: AsyncConnection, wanted: Wanted) -> Recalled:
        await connection.execute(ALONE)
        found = [_holding(row) for row in await connection.execute(HOLDINGS, {"ids": sorted(wanted.deployments)})]
        await self._learn(connection)
        if wanted.counted is None:
            return Recalled(found, lore=self._lore)
        await self._count(connection)
        unseen = await _unseen(connection, wanted.counted)
        owned = await connection.execute(SHARES, {"owners": sorted(wanted.owners)})
        shares = {(str(row.owner), _account(row)): _amounts(row) for row in owned}
        return Recalled(found, unseen=unseen, shares=shares, lore=self._lore, held=self._held)

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
            await connection.execute(PUT_LORE, _lore_columns(changes.experience))
        if rankings:
            await connection.execute(PUT_RANKINGS, _ranking_columns(rankings))

    async def freeze(self, work: Work, sets: Sequence[FactSet]) -> None:
        await self._frost.put(work.connection, sets, work.at)
        work.after_commit(partial(self._frost.written, sets, work.at))

    async def thaw(self, connection: AsyncConnection, digest: str) -> Sequence[Envelope]:
        return await thawed(connection, digest)

    async def forget(self, connection: AsyncConnection, before: datetime) -> None:
        await forget(connection, before)

    async def rankings(self, connection: AsyncConnection, deployment: DeploymentId) -> Sequence[Kept]:
        return await rankings_of(connection, deployment)

    async def _count(self, connection: AsyncConnection) -> None:
        for row in await connection.execute(ACCOUNTS, {"known": self._counted}):
            account, amounts = _account(row), _amounts(row)
            self._held.change(account, amounts.plus(self._accounts.get(account, NOTHING), -1), NOTHING)
            self._accounts[account] = amounts
            self._counted = row.told

    async def _learn(self, connection: AsyncConnection) -> None:
        for row in await connection.execute(LORE, {"known": self._known}):
            self._lore.put(
                (_place(row), str(row.sort)), Experience(*(getattr(row, name) for name in Experience._fields))
            )
            self._known = row.told


async def _unseen(connection: AsyncConnection, counted: Mapping[Place, datetime]) -> dict[Tenancy, Amounts]:
    if not counted:
        return {}
    columns = {
        "sites": [site for site, _ in counted],
        "services": [service for _, service in counted],
        "counted": list(counted.values()),
        "oldest": min(counted.values()),
    }
    rows = await connection.execute(UNSEEN, columns)
    return {(*_place(row), str(row.project)): _amounts(row) for row in rows}


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
        project=row.project,
        owner=row.owner,
        sort=row.sort,
    )


def _place(row: Found) -> Place:
    return (SiteId(row.site), ServiceId(row.service))


def _account(row: Found) -> Account:
    return Account(*_place(row), AgreementId(row.agreement), row.project)


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
        "projects": [holding.project for holding in holdings],
        "owners": [holding.owner for holding in holdings],
        "sorts": [holding.sort for holding in holdings],
        **_columns(holding.takes for holding in holdings),
    }


def _account_columns(accounts: Mapping[Account, Amounts]) -> dict[str, object]:
    ordered = sorted(accounts.items())
    return {
        "sites": [account.site for account, _ in ordered],
        "services": [account.service for account, _ in ordered],
        "agreements": [account.agreement for account, _ in ordered],
        "projects": [account.project for account, _ in ordered],
        **_columns(change for _, change in ordered),
    }


def _lore_columns(learned: Mapping[Topic, Experience]) -> dict[str, object]:
    rows = sorted(learned.items())
    return {
        "sites": [site for ((site, _), _), _ in rows],
        "services": [service for ((_, service), _), _ in rows],
        "sorts": [sort for (_, sort), _ in rows],
        **{name: [getattr(experience, name) for _, experience in rows] for name in Experience._fields},
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
        "methods": [kept.method for kept in rankings],
        "facts": [kept.facts for kept in rankings],
        "books": [None if kept.books is None else zlib.compress(kept.books.encode()) for kept in rankings],
    }
