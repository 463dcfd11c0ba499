"""What a user sees follows from what was told, and what comes late or twice leaves it as it is."""

from datetime import timedelta

import pytest

from services.gateway.api.schemas import deployment_body, timestamp
from services.gateway.domain.view import Status, Story, Task, View, begin, fold
from shared.contracts.deployments import (
    DeletionFailed,
    DeploymentCompleted,
    DeploymentDeleted,
    DeploymentFailed,
)
from shared.contracts.trials import TrialCleaned, TrialOutcome, TrialProgressed, TrialStarted
from shared.contracts.vocabulary import BackendName, Cause, Revision, ServiceId, SiteId, TrialNo
from tests.support.builders import NOON
from tests.unit.deployer.played import ID, cleaned, deletion, failed, ranked, requested, stuck, succeeded


def started(trial: int, site: str) -> TrialStarted:
    """A trial starts."""
    return TrialStarted(
        deployment_id=ID,
        trial=TrialNo(trial),
        revision=Revision(1),
        site=SiteId(site),
        service=ServiceId(f"{site}-compute"),
        backend=BackendName("im"),
        service_type="org.openstack.nova",
        endpoint=f"https://{site}.example.org",
        deadline=NOON,
    )


DONE = DeploymentCompleted(deployment_id=ID, revision=Revision(1), outputs={"ip": "192.0.2.1"}, trials=())
OVER = DeploymentFailed(deployment_id=ID, revision=Revision(1), cause=Cause.QUOTA, sentence="no room anywhere")
GONE = DeploymentDeleted(deployment_id=ID)
LEFT = DeletionFailed(deployment_id=ID, sentence="the site refuses")


def seen(*events: Story) -> View:
    """The view after these events."""
    view = begin(requested(), NOON)
    for event in events:
        view = fold(view, event, NOON)
    return view


@pytest.mark.parametrize(
    ("story", "status"),
    [
        ((), Status.CREATE_IN_PROGRESS),
        ((ranked("a"), started(1, "a"), succeeded(1), DONE), Status.CREATE_COMPLETE),
        ((ranked("a"), started(1, "a"), failed(1), OVER), Status.CREATE_FAILED),
        ((DONE, deletion()), Status.DELETE_IN_PROGRESS),
        ((DONE, deletion(), GONE), Status.DELETE_COMPLETE),
        ((DONE, deletion(), LEFT), Status.DELETE_FAILED),
        ((DONE, deletion(), LEFT, deletion()), Status.DELETE_IN_PROGRESS),
        ((DONE, deletion(), LEFT, GONE), Status.DELETE_COMPLETE),
        ((deletion(), DONE), Status.DELETE_IN_PROGRESS),
        ((deletion(), OVER), Status.DELETE_IN_PROGRESS),
        ((deletion(), GONE, LEFT, deletion()), Status.DELETE_COMPLETE),
    ],
)
def test_the_status_follows_from_the_story(story: tuple[Story, ...], status: Status) -> None:
    assert seen(*story).status is status


def test_every_trial_is_shown_with_how_it_ended_and_why() -> None:
    first, second = seen(started(1, "bari"), failed(1), started(2, "cnaf"), cleaned(1), succeeded(2), DONE).trials

    assert (first.outcome, first.cause, first.sentence) == (TrialOutcome.CLEANED, Cause.QUOTA, "no room")
    assert (second.outcome, second.external_id) == (TrialOutcome.SUCCEEDED, "ext-2")


def test_a_trial_told_twice_is_one_trial() -> None:
    assert len(seen(started(1, "bari"), started(1, "bari")).trials) == 1


def test_a_clean_up_that_is_stuck_is_shown() -> None:
    assert seen(started(1, "bari"), failed(1), stuck(1)).trials[0].outcome is TrialOutcome.STUCK


def test_who_is_at_work_is_shown() -> None:
    assert [seen().task, seen(ranked("a")).task, seen(DONE).task] == [Task.BROKERING, Task.DEPLOYER, Task.NONE]


def test_what_is_deleted_shows_no_outputs() -> None:
    assert seen(DONE, deletion(), GONE).outputs == {}


def test_progress_of_another_trial_changes_nothing() -> None:
    before = seen(started(1, "bari"))
    after = fold(before, TrialProgressed(deployment_id=ID, trial=TrialNo(7), message="elsewhere"), NOON)

    assert after == before
    assert fold(before, TrialCleaned(deployment_id=ID, trial=TrialNo(7)), NOON) == before


def test_the_time_of_the_last_change_never_goes_back() -> None:
    assert fold(seen(), DONE, NOON - timedelta(hours=1)).updated_at == NOON


def test_a_deployment_looks_as_its_old_clients_know_it() -> None:
    body = deployment_body(seen(ranked("a"), started(1, "a"), failed(1), OVER), "https://corale.example.org")

    assert body["creationTime"] == "2026-03-02T12:00+0000"
    assert body["statusReason"] == "no room anywhere"
    assert body["cloudProviderName"] == "a"
    assert body["outputs"] == {}
    assert [name for name, value in body.items() if value is None] == []
    assert timestamp(NOON) == body["updateTime"]
