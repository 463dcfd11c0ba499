"""A worker advances trials: once in effect, whatever is killed, lost or changed meanwhile."""

import asyncio
from datetime import timedelta

from services.deployer.adapters.sagas import PostgresSagas
from services.deployer.adapters.trials import PostgresTrials
from services.deployer.domain.trial import advance
from services.deployer.ports import Broken, Claim, Created, Gone, Pending, Ready
from shared.contracts.vocabulary import (
    Cause,
)
from shared.failures import Transient
from shared.messaging.database import Database
from tests.component.deployer.worker import IM, QUICK, clean_up, order, start, tells, told, working
from tests.support.backend import ScriptedBackend
from tests.support.builders import NOON, a_request
from tests.support.waiting import eventually


async def test_brings_a_trial_up_and_tells_its_progress(database: Database) -> None:
    backend = ScriptedBackend(looks=[Pending("booting"), Pending("booting"), Ready({"ip": "192.0.2.1"})])
    await order(database, start())

    async with working(database, backend):
        await eventually(tells(database, "TrialProgressed", "TrialSucceeded"))

    assert backend.asked_for("create") == 1


async def test_an_order_given_twice_is_carried_out_once(database: Database) -> None:
    backend = ScriptedBackend()
    await order(database, start(), start())
    await order(database, start())

    async with working(database, backend):
        await eventually(tells(database, "TrialSucceeded"))

    assert backend.asked_for("create") == 1


async def test_a_creation_whose_answer_was_lost_is_adopted_by_its_tag(database: Database) -> None:
    backend = ScriptedBackend(creates=[Transient("the connection broke"), Created("vm-2")], found="vm-1")
    await order(database, start())

    async with working(database, backend):
        await eventually(tells(database, "TrialSucceeded"))

    assert backend.asked_for("create") == 1
    assert "progress vm-1" in backend.asked


async def test_a_worker_killed_while_it_creates_is_followed_by_one_that_looks_first(database: Database) -> None:
    dying = ScriptedBackend(hold=asyncio.Event())
    await order(database, start())
    async with working(database, dying, lease=0.3):
        await eventually(lambda: _asked(dying, "create"))

    following = ScriptedBackend(found="vm-1")
    async with working(database, following, lease=0.3):
        await eventually(tells(database, "TrialSucceeded"))

    assert following.asked[0].startswith("find")
    assert following.asked_for("create") == 0


async def test_a_site_that_stays_away_fails_the_trial_over(database: Database) -> None:
    backend = ScriptedBackend(creates=[Transient("connection refused")])
    await order(database, start())

    async with working(database, backend):
        await eventually(tells(database, "TrialFailed"))


async def test_what_is_cleaned_is_removed_and_told_clean(database: Database) -> None:
    backend = ScriptedBackend(looks=[Broken(Cause.QUOTA, "no room")])
    await order(database, start())

    async with working(database, backend):
        await eventually(tells(database, "TrialFailed"))
        await order(database, clean_up(force=True))
        await eventually(tells(database, "TrialFailed", "TrialCleaned"))

    assert "destroy vm-1 by force" in backend.asked


async def test_a_clean_up_ordered_while_the_creation_is_on_its_way_waits_for_it(database: Database) -> None:
    backend = ScriptedBackend(hold=asyncio.Event(), looks=[Pending("booting")])
    await order(database, start())

    async with working(database, backend):
        await eventually(lambda: _asked(backend, "create"))
        await order(database, clean_up())
        assert backend.asked_for("destroy") == 0
        assert backend.hold is not None
        backend.hold.set()
        await eventually(lambda: _asked(backend, "destroy vm-1"))
        await eventually(lambda: _last_told(database, "TrialCleaned"))

    assert backend.asked_for("destroy vm-1") >= 1


async def test_a_trial_that_was_never_started_is_clean_when_nothing_is_found(database: Database) -> None:
    backend = ScriptedBackend()
    await order(database, clean_up())

    async with working(database, backend):
        await eventually(tells(database, "TrialCleaned"))

    assert backend.asked_for("create") == 0


async def test_a_removal_that_keeps_failing_is_told_and_goes_on(database: Database) -> None:
    refusal = Broken(Cause.BACKEND, "will not")
    backend = ScriptedBackend(removals=[refusal, refusal, refusal, refusal, Gone()])
    await order(database, clean_up())

    async with working(database, backend):
        await eventually(tells(database, "CleanUpStuck", "TrialCleaned"))


async def test_two_workers_share_the_trials_and_none_is_advanced_by_both(database: Database) -> None:
    async with database.transaction() as connection:
        await PostgresSagas().keep_requests(connection, [a_request(f"d-{n}") for n in range(2, 40)])
    one, other = ScriptedBackend(), ScriptedBackend()
    await order(database, *(start().model_copy(update={"deployment_id": f"d-{n}"}) for n in range(2, 40)))

    async with working(database, one), working(database, other):
        await eventually(tells(database, *["TrialSucceeded"] * 38))

    created = [question for question in one.asked + other.asked if question.startswith("create")]
    assert len(created) == len(set(created)) == 38


async def test_what_a_stale_worker_writes_is_dropped(database: Database) -> None:
    trials = PostgresTrials()
    await order(database, start())
    async with database.transaction() as connection:
        (stale,) = await trials.claim(connection, Claim(IM, "stale", NOON.replace(year=2100), timedelta(0), 1))
    async with database.transaction() as connection:
        (_,) = await trials.claim(connection, Claim(IM, "new", NOON.replace(year=2101), timedelta(1), 1))
    async with database.transaction() as connection:
        assert await trials.record(connection, [(stale, advance(stale.trial, Ready(), NOON, QUICK))], NOON) == set()


async def _asked(backend: ScriptedBackend, verb: str) -> bool:
    return backend.asked_for(verb) > 0


async def _last_told(database: Database, kind: str) -> bool:
    return (await told(database))[-1:] == [kind]
