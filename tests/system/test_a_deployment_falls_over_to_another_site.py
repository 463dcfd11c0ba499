"""The whole story of a deployment, told by all services in one process."""

import pytest

from services.gateway.app.change import Ask
from services.gateway.domain.view import Status
from shared.contracts.sites import SiteDescribed
from shared.contracts.trials import TrialOutcome
from shared.contracts.vocabulary import DeploymentId, Limits
from tests.support.builders import a_request, a_service, a_site, an_agreement
from tests.support.postgres import Migrated
from tests.support.waiting import eventually
from tests.system.world import World, a_world, ada


def a_simulated_site(name: str, *, fails: bool = False) -> SiteDescribed:
    """A site of the instant cloud, where everything fails or nothing does."""
    service = a_service(f"{name}-compute", backend="simulated")
    return a_site(name, service.model_copy(update={"settings": {"fail_share": "1" if fails else "0"}}))


async def becomes(world: World, deployment: DeploymentId, status: Status) -> None:
    """Wait for a status, and for every failed trial to be clean."""

    async def look() -> bool:
        view = await world.view(deployment)
        return view.status is status and not any(trial.outcome is TrialOutcome.FAILED for trial in view.trials)

    await eventually(look, what=status)


def kinds(world: World, deployment: DeploymentId) -> list[str]:
    """The types of what was told about a deployment, in order."""
    public = [record for record in world.told if record.topic == "deployments"]
    return [record.header("ce_type") for record in public if record.header("ce_subject") == deployment]


@pytest.mark.parametrize("twice", [False, True], ids=["told once", "everything told twice"])
async def test_falls_over_to_the_second_site_and_cleans_up_the_first(fresh: Migrated, *, twice: bool) -> None:
    async with a_world(fresh, twice=twice) as world:
        world.tell(a_simulated_site("bari", fails=True), an_agreement("bari", priority=2))
        world.tell(a_simulated_site("cnaf"), an_agreement("cnaf", priority=1))
        deployment = await world.ask(a_request("d-1"))
        await becomes(world, deployment, Status.CREATE_COMPLETE)
        view = await world.view(deployment)

    assert [(trial.site, trial.outcome) for trial in view.trials] == [
        ("bari", TrialOutcome.CLEANED),
        ("cnaf", TrialOutcome.SUCCEEDED),
    ]
    told = kinds(world, deployment)
    assert told[:4] == ["DeploymentRequested", "SitesRanked", "TrialStarted", "TrialFailed"]
    assert sorted(told[4:]) == ["DeploymentCompleted", "TrialCleaned", "TrialStarted", "TrialSucceeded"]


async def test_says_why_when_every_site_fails(fresh: Migrated) -> None:
    async with a_world(fresh) as world:
        world.tell(a_simulated_site("bari", fails=True), an_agreement("bari"))
        deployment = await world.ask(a_request("d-1"))
        await becomes(world, deployment, Status.CREATE_FAILED)
        view = await world.view(deployment)

    assert view.reason is not None
    assert "bari: The site has no room" in view.reason


async def test_says_why_when_no_site_may(fresh: Migrated) -> None:
    async with a_world(fresh) as world:
        world.tell(a_simulated_site("bari"), an_agreement("bari", group="others"))
        deployment = await world.ask(a_request("d-1"))
        await becomes(world, deployment, Status.CREATE_FAILED)
        view = await world.view(deployment)

    assert view.reason is not None
    assert "bari" in view.reason
    assert view.trials == ()


async def test_what_is_deleted_is_gone_and_stays_visible(fresh: Migrated) -> None:
    async with a_world(fresh) as world:
        world.tell(a_simulated_site("bari"), an_agreement("bari"))
        deployment = await world.ask(a_request("d-1"))
        await becomes(world, deployment, Status.CREATE_COMPLETE)
        await world.changes.delete(Ask(ada(), deployment), force=False)
        await becomes(world, deployment, Status.DELETE_COMPLETE)

    assert kinds(world, deployment)[-2:] == ["TrialCleaned", "DeploymentDeleted"]


async def test_many_deployments_at_once_each_come_to_their_own_end(fresh: Migrated) -> None:
    async with a_world(fresh) as world:
        world.tell(a_simulated_site("bari"), an_agreement("bari"))
        names = [await world.ask(a_request(f"d-{n}", limits=Limits(max_trials=1))) for n in range(30)]
        for name in names:
            await becomes(world, name, Status.CREATE_COMPLETE)

    assert all(kinds(world, name).count("TrialStarted") == 1 for name in names)
