"""What stands is changed and acted upon; without its owner it waits."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import text

from services.deployer.adapters.sagas import PostgresSagas
from services.deployer.adapters.trials import PostgresTrials
from services.deployer.app.ask import Asking
from services.deployer.app.trials import Pace, TrialLoop
from services.deployer.domain.commands import ChangeInfrastructure, PerformAction
from services.deployer.ports import Access, Acted, Broken, CredentialGone, Pending, Ready
from shared.contracts.topology import Json
from shared.contracts.vocabulary import (
    Action,
    ActionId,
    Cause,
    CredentialRef,
    DeploymentId,
    Revision,
    ServiceId,
    TrialNo,
)
from shared.messaging.database import Database
from shared.messaging.inbound import Desk
from shared.messaging.metrics import Meters
from shared.runtime import clock
from tests.component.deployer.worker import IM, QUICK, clean_up, order, start, tells, told, working
from tests.support.backend import ScriptedBackend
from tests.support.builders import a_request
from tests.support.waiting import eventually


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


class NobodyIsThere:
    """A vault whose owner's login has expired."""

    async def access(self, reference: CredentialRef, service: ServiceId | None = None) -> Access:
        """Never."""
        raise CredentialGone(f"Log in again ({reference}, {service}).")

    async def keep(self, deployment: DeploymentId, trial: TrialNo, outputs: Mapping[str, Json]) -> None:
        """Nothing comes."""


async def _due_later(database: Database) -> bool:
    async with database.transaction() as connection:
        due = await connection.scalar(text("SELECT due_at > now() + interval '10 seconds' FROM trials"))
        return bool(due)
