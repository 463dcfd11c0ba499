"""A worker advances trials: once in effect, whatever is killed, lost or changed meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from services.deployer.adapters.sagas import PostgresSagas
from services.deployer.adapters.trials import PostgresTrials
from services.deployer.app.ask import Asking
from services.deployer.app.orders import Orders
from services.deployer.app.trials import Capacity, Pace, TrialLoop
from services.deployer.domain.commands import ChangeInfrastructure, CleanUpTrial, PerformAction, StartTrial
from services.deployer.domain.decision import Order
from services.deployer.domain.trial import Rhythm, advance
from services.deployer.main import MIGRATIONS
from services.deployer.ports import Access, Acted, Broken, Claim, Created, CredentialGone, Gone, Pending, Ready
from shared.contracts.topology import Json
from shared.contracts.vocabulary import (
    Action,
    ActionId,
    BackendName,
    Cause,
    CredentialRef,
    DeploymentId,
    Principal,
    Revision,
    TrialNo,
)
from shared.failures import Transient
from shared.messaging.database import Database
from shared.messaging.inbound import Desk
from shared.messaging.metrics import Meters
from shared.messaging.transaction import Work
from shared.runtime import clock
from tests.support.backend import ScriptedBackend
from tests.support.builders import ISSUER, NOON, a_candidate, a_request, an_envelope
from tests.support.postgres import Migrated
from tests.support.waiting import eventually

QUICK = Rhythm(
    poll=timedelta(milliseconds=20),
    unreachable=timedelta(milliseconds=200),
    settle=timedelta(milliseconds=100),
    stuck_after=3,
    slow=timedelta(milliseconds=50),
)
IM = BackendName("im")


@pytest.fixture
async def database(fresh: Migrated) -> Database:
    """The deployer's store, with the request of deployment d-1 in it."""
    database = await fresh(MIGRATIONS)
    async with database.transaction() as connection:
        await PostgresSagas().keep_requests(connection, [a_request("d-1")])
    return database


def a_loop(database: Database, backend: ScriptedBackend, *, lease: float = 1.0) -> TrialLoop:
    """A worker of the backend."""
    asking = Asking(backend, None, timeout=timedelta(seconds=5))
    capacity = Capacity(lease=timedelta(seconds=lease), idle=timedelta(milliseconds=20))
    desk = Desk("deployer", database, clock.now, Meters())
    return TrialLoop(IM, PostgresTrials(), asking, desk, Pace(QUICK, capacity))


@asynccontextmanager
async def working(
    database: Database, backend: ScriptedBackend, *, lease: float = 1.0
) -> AsyncGenerator[asyncio.Task[None]]:
    """A worker at work; cancelled as if it were killed."""
    task = asyncio.create_task(a_loop(database, backend, lease=lease).run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def order(database: Database, *orders: Order) -> None:
    """Give orders, as they come from the saga."""
    async with database.transaction() as connection:
        work = Work(connection, "deployer", clock.now())
        await Orders(PostgresTrials(), lambda: None).take(work, [an_envelope(body) for body in orders])


def start() -> StartTrial:
    """Start trial 1 of d-1."""
    return StartTrial(
        deployment_id=DeploymentId("d-1"),
        trial=TrialNo(1),
        revision=Revision(1),
        owner=Principal(issuer=ISSUER, subject="ada"),
        credential=CredentialRef("c"),
        candidate=a_candidate("bari"),
        deadline=NOON,
    )


def clean_up(*, force: bool = False) -> CleanUpTrial:
    """Clean up trial 1 of d-1."""
    order = start()
    return CleanUpTrial(**order.model_dump(exclude={"deadline"}), force=force)


def change() -> ChangeInfrastructure:
    """Make trial 1 of d-1 what revision 2 asks."""
    return ChangeInfrastructure(**start().model_dump(exclude={"deadline", "revision"}), revision=Revision(2))


def stop(name: str) -> PerformAction:
    """Stop a machine of trial 1 of d-1."""
    return PerformAction(
        **start().model_dump(exclude={"deadline"}),
        action_id=ActionId(name),
        action=Action.STOP,
        machines=("vm-7",),
    )


async def told(database: Database) -> list[str]:
    """The types of what was told, in order."""
    async with database.transaction() as connection:
        rows = await connection.execute(text("SELECT headers FROM outbox ORDER BY seq"))
        return [row.headers.split('["ce_type", "')[1].split('"')[0] for row in rows]


def tells(database: Database, *types: str) -> Callable[[], Awaitable[bool]]:
    """Whether exactly this was told."""

    async def look() -> bool:
        return await told(database) == list(types)

    return look


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


async def test_what_stands_is_changed_and_watched_until_it_is_so(database: Database) -> None:
    async with database.transaction() as connection:
        await PostgresSagas().keep_requests(connection, [a_request("d-1").model_copy(update={"revision": Revision(2)})])
    backend = ScriptedBackend(looks=[Ready(), Pending("growing"), Ready()])
    await order(database, start())

    async with working(database, backend):
        await eventually(tells(database, "TrialSucceeded"))
        await order(database, change())
        await eventually(tells(database, "TrialSucceeded", "TrialProgressed", "TrialChanged"))

    assert backend.asked_for("change vm-1") == 1


async def test_an_action_goes_to_the_machines_and_its_end_is_told(database: Database) -> None:
    backend = ScriptedBackend(deeds=[Acted(), Broken(Cause.BACKEND, "it is busy")])
    await order(database, start())

    async with working(database, backend):
        await eventually(tells(database, "TrialSucceeded"))
        await order(database, stop("a-1"))
        await eventually(tells(database, "TrialSucceeded", "TrialActed"))
        await order(database, stop("a-2"))
        await eventually(tells(database, "TrialSucceeded", "TrialActed", "TrialActionFailed"))

    assert backend.asked_for("stop vm-7 of vm-1") == 2


async def test_a_change_ordered_after_the_removal_is_not_carried_out(database: Database) -> None:
    backend = ScriptedBackend()
    await order(database, start())

    async with working(database, backend):
        await eventually(tells(database, "TrialSucceeded"))
        await order(database, clean_up())
        await order(database, change())
        await eventually(tells(database, "TrialSucceeded", "TrialCleaned"))

    assert backend.asked_for("change") == 0


async def test_without_the_owner_a_trial_waits_and_its_removal_goes_on(database: Database) -> None:
    backend = ScriptedBackend(needs_access=True)
    asking = Asking(backend, NobodyIsThere(), timeout=timedelta(seconds=5))
    loop = TrialLoop(IM, PostgresTrials(), asking, Desk("deployer", database, clock.now, Meters()), Pace(QUICK))
    await order(database, start())

    task = asyncio.create_task(loop.run())
    try:
        await eventually(lambda: _due_later(database))
        assert await told(database) == []
        await order(database, clean_up())
        loop.wake()
        await eventually(tells(database, "TrialCleaned"))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert backend.asked_for("create") == 0


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


class NobodyIsThere:
    """A vault whose owner's login has expired."""

    async def access(self, reference: CredentialRef) -> Access:
        """Never."""
        raise CredentialGone(f"Log in again ({reference}).")

    async def keep(self, deployment: DeploymentId, trial: TrialNo, outputs: Mapping[str, Json]) -> None:
        """Nothing comes."""


async def _due_later(database: Database) -> bool:
    async with database.transaction() as connection:
        due = await connection.scalar(text("SELECT due_at > now() + interval '10 seconds' FROM trials"))
        return bool(due)


async def _asked(backend: ScriptedBackend, verb: str) -> bool:
    return backend.asked_for(verb) > 0


async def _last_told(database: Database, kind: str) -> bool:
    return (await told(database))[-1:] == [kind]
