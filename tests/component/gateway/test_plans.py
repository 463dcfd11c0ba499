"""A plan is asked of the ranker, answered once, and cited by a deployment that asks for the same thing in time."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from sqlalchemy import text

from services.gateway.adapters.plans import PostgresPlans
from services.gateway.app.asking import Refused, Unknown
from services.gateway.app.plan import Planning
from services.gateway.app.story import Bell
from services.gateway.domain.plan import Plan
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.ranking import Candidate, PlanRanked, PlanRequested
from shared.contracts.vocabulary import PlanId, Principal, RankingId, SiteId, Wishes
from shared.messaging.database import Database
from shared.messaging.transaction import Work
from tests.support.builders import NOON, a_candidate, a_request, an_envelope
from tests.support.waiting import eventually

PLAN = PlanId("p-1")
REQUEST = a_request("d-1")


class Watch:
    """A clock that a test sets."""

    def __init__(self) -> None:
        """It is noon."""
        self.now = NOON

    def __call__(self) -> datetime:
        """What it shows."""
        return self.now


@pytest.fixture
def watch() -> Watch:
    """The time of these stories."""
    return Watch()


@pytest.fixture
def planning(database: Database, watch: Watch) -> Planning:
    """Plans that may be cited for an hour."""
    return Planning(PostgresPlans(), Bell(), database=database, clock=watch, valid_for=timedelta(hours=1))


async def planned(planning: Planning, database: Database, candidates: Sequence[Candidate]) -> Plan:
    """A plan that was asked for and answered."""
    wanted = PlanRequested(
        plan_id=PLAN,
        owner=REQUEST.owner,
        user_group=REQUEST.user_group,
        topology=REQUEST.topology,
        wishes=Wishes(sites=(SiteId("bari"),)),
    )
    waiting = asyncio.create_task(planning.ask(wanted, REQUEST.template, ["an old type"], {}))
    await eventually(lambda: _told(database))
    answer = PlanRanked(
        plan_id=PLAN, ranking_id=RankingId("r"), strategy="index", ranker_version="1", candidates=tuple(candidates)
    )
    async with database.transaction() as connection:
        work = Work(connection, "gateway", NOON)
        await planning.answered(work, [an_envelope(answer)])
    work.committed()
    return await waiting


async def test_whoever_asks_for_a_plan_hears_the_ranking_as_soon_as_it_is_there(
    planning: Planning, database: Database
) -> None:
    plan = await planned(planning, database, [a_candidate("bari")])

    assert plan.answer is not None
    assert [candidate.site for candidate in plan.answer.candidates] == ["bari"]
    assert plan.warnings == ("an old type",)
    assert plan.expires_at == NOON + timedelta(hours=1)


async def test_a_deployment_that_cites_a_plan_takes_its_wishes(planning: Planning, database: Database) -> None:
    await planned(planning, database, [a_candidate("bari")])

    assert (await planning.as_planned(REQUEST, PLAN)).wishes.sites == ("bari",)


class Citing(NamedTuple):
    """A deployment that cites the plan, so much later, when the plan has these candidates; and why it may not."""

    request: DeploymentRequested
    later: timedelta
    candidates: Sequence[Candidate]
    why: str


BARI = (a_candidate("bari"),)


@pytest.mark.parametrize(
    "citing",
    [
        Citing(REQUEST, timedelta(hours=1), BARI, "was valid until 2026-03-02 13:00 UTC"),
        Citing(REQUEST.model_copy(update={"template": "other"}), timedelta(0), BARI, "another template"),
        Citing(REQUEST.model_copy(update={"user_group": "others"}), timedelta(0), BARI, "another group"),
        Citing(REQUEST, timedelta(0), (), "found no site"),
    ],
    ids=lambda citing: citing.why,
)
async def test_a_plan_is_not_cited_too_late_or_for_something_else(
    planning: Planning, database: Database, watch: Watch, citing: Citing
) -> None:
    await planned(planning, database, citing.candidates)
    watch.now += citing.later

    with pytest.raises(Refused, match=citing.why):
        await planning.as_planned(citing.request, PLAN)


async def test_somebody_else_s_plan_is_unknown(planning: Planning, database: Database) -> None:
    await planned(planning, database, [a_candidate("bari")])
    bob = Principal(issuer=REQUEST.owner.issuer, subject="bob")

    with pytest.raises(Unknown):
        await planning.one(bob, PLAN)
    with pytest.raises(Unknown):
        await planning.as_planned(REQUEST.model_copy(update={"owner": bob}), PLAN)


async def _told(database: Database) -> bool:
    async with database.transaction() as connection:
        return bool(await connection.scalar(text("SELECT count(*) FROM outbox")))
