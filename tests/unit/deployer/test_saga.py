"""Stories of one deployment: what the saga orders and tells on the way."""

from datetime import timedelta

from services.deployer.domain.commands import (
    About,
    ChangeInfrastructure,
    CleanUpTrial,
    PerformAction,
    StartTrial,
    WakeAt,
)
from services.deployer.domain.decision import Command, Event, Patience
from services.deployer.domain.saga import decide
from services.deployer.domain.states import (
    Deleted,
    DeletionStuck,
    Deployed,
    Failed,
    NotStarted,
    State,
    Trying,
    Updating,
)
from shared.contracts.deployments import (
    ActionCompleted,
    ActionFailed,
    DeletionFailed,
    DeploymentCompleted,
    DeploymentDeleted,
    DeploymentFailed,
    UpdateCompleted,
    UpdateFailed,
)
from shared.contracts.trials import TrialFailed, TrialOutcome, TrialStarted
from shared.contracts.vocabulary import Cause, Limits
from tests.support.builders import NOON
from tests.unit.deployer.played import (
    LOST,
    RESTORED,
    acted,
    action,
    changed,
    cleaned,
    deletion,
    failed,
    late,
    none_fits,
    not_acted,
    not_changed,
    ranked,
    requested,
    reset,
    stuck,
    succeeded,
    updating,
)

PATIENT = Patience()


def tell(*events: Event, patience: Patience = PATIENT) -> tuple[State, list[Command]]:
    """The state after the events, and what the last one brought about."""
    state: State = NotStarted()
    commands: tuple[Command, ...] = ()
    for event in events:
        state, commands = decide(state, event, NOON, patience)
    return state, list(commands)


def test_a_request_waits_for_the_ranking_but_not_for_ever() -> None:
    _, commands = tell(requested(), patience=Patience(ranking=timedelta(minutes=3)))

    assert commands == [WakeAt(when=NOON + timedelta(minutes=3), about=About.RANKING)]


def test_the_best_site_is_tried_first_within_its_time() -> None:
    state, commands = tell(requested(Limits(trial_timeout=timedelta(minutes=5))), ranked("bari", "cnaf"))

    started, order, wake = commands
    assert isinstance(started, TrialStarted)
    assert started.site == "bari"
    assert isinstance(order, StartTrial)
    assert order.deadline == NOON + timedelta(minutes=5)
    assert wake == WakeAt(when=order.deadline, about=About.TRIAL, trial=order.trial)
    assert isinstance(state, Trying)


def test_falls_over_to_the_second_site_and_cleans_up_the_first() -> None:
    _, commands = tell(requested(), ranked("bari", "cnaf"), failed(1))

    clean, started, order, _ = commands
    assert isinstance(clean, CleanUpTrial)
    assert (clean.trial, clean.candidate.site) == (1, "bari")
    assert isinstance(started, TrialStarted)
    assert isinstance(order, StartTrial)
    assert (order.trial, order.candidate.site) == (2, "cnaf")


def test_completes_with_the_outputs_and_all_trials_in_brief() -> None:
    state, (done,) = tell(requested(), ranked("bari", "cnaf"), failed(1), cleaned(1), succeeded(2))

    assert isinstance(state, Deployed)
    assert isinstance(done, DeploymentCompleted)
    assert done.outputs == {"ip": "192.0.2.1"}
    assert [(trial.site, trial.outcome) for trial in done.trials] == [
        ("bari", TrialOutcome.CLEANED),
        ("cnaf", TrialOutcome.SUCCEEDED),
    ]


def test_a_fault_of_the_template_stops_at_the_first_site() -> None:
    state, commands = tell(requested(), ranked("bari", "cnaf"), failed(1, site_fault=False))

    assert isinstance(state, Failed)
    assert [type(command) for command in commands] == [CleanUpTrial, DeploymentFailed]


def test_says_of_every_site_why_it_failed() -> None:
    _, commands = tell(requested(), ranked("bari", "cnaf"), failed(1), failed(2))

    (sentence,) = [command.sentence for command in commands if isinstance(command, DeploymentFailed)]
    assert "bari: no room" in sentence
    assert "cnaf: no room" in sentence


def test_tries_no_more_sites_than_the_user_allows() -> None:
    state, _ = tell(requested(Limits(max_trials=1)), ranked("bari", "cnaf"), failed(1))

    assert isinstance(state, Failed)


def test_keeps_the_last_attempt_when_asked_and_only_the_last() -> None:
    limits = Limits(keep_last=True)
    _, first = tell(requested(limits), ranked("bari", "cnaf"), failed(1))
    state, last = tell(requested(limits), ranked("bari", "cnaf"), failed(1), failed(2))

    assert [command.trial for command in first if isinstance(command, CleanUpTrial)] == [1]
    assert not any(isinstance(command, CleanUpTrial) for command in last)
    assert isinstance(state, Failed)
    assert state.trials[-1].outcome is TrialOutcome.KEPT


def test_a_kept_attempt_goes_with_its_deployment() -> None:
    _, commands = tell(requested(Limits(keep_last=True)), ranked("bari"), failed(1), deletion())

    assert [command.trial for command in commands if isinstance(command, CleanUpTrial)] == [1]


def test_a_trial_that_takes_too_long_is_given_up_in_public() -> None:
    _, commands = tell(requested(), ranked("bari", "cnaf"), late(About.TRIAL, 1))

    said, clean, *_ = commands
    assert isinstance(said, TrialFailed)
    assert (said.cause, said.site_fault) == (Cause.TIMEOUT, True)
    assert isinstance(clean, CleanUpTrial)


def test_the_overall_deadline_stops_everything_and_cleans() -> None:
    state, commands = tell(
        requested(Limits(overall_timeout=timedelta(hours=1))), ranked("bari", "cnaf"), late(About.OVERALL)
    )

    assert isinstance(state, Failed)
    assert [type(command) for command in commands] == [TrialFailed, CleanUpTrial, DeploymentFailed]


def test_deleting_while_trying_removes_the_running_trial_and_those_not_yet_clean() -> None:
    _, commands = tell(requested(), ranked("a", "b", "c"), failed(1), failed(2), cleaned(1), deletion(force=True))

    assert [(c.trial, c.force) for c in commands if isinstance(c, CleanUpTrial)] == [(2, True), (3, True)]


def test_is_deleted_only_when_every_trial_is_verified_clean() -> None:
    story = (requested(), ranked("a", "b"), failed(1), deletion())
    halfway, nothing = tell(*story, cleaned(2))
    state, (gone,) = tell(*story, cleaned(2), cleaned(1))

    assert not isinstance(halfway, Deleted)
    assert nothing == []
    assert isinstance(state, Deleted)
    assert isinstance(gone, DeploymentDeleted)


def test_a_late_success_of_a_trial_given_up_changes_nothing() -> None:
    before, _ = tell(requested(), ranked("a", "b"), late(About.TRIAL, 1))
    after, commands = tell(requested(), ranked("a", "b"), late(About.TRIAL, 1), succeeded(1))

    assert after == before
    assert commands == []


def test_a_stuck_deletion_says_what_is_left_and_still_ends_well() -> None:
    story = (requested(), ranked("a"), succeeded(1), deletion(), stuck(1))
    state, (said,) = tell(*story)
    healed, (gone,) = tell(*story, cleaned(1))

    assert isinstance(state, DeletionStuck)
    assert isinstance(said, DeletionFailed)
    assert said.remains == ("trial 1 at a: vm-7",)
    assert isinstance(healed, Deleted)
    assert isinstance(gone, DeploymentDeleted)


def test_the_deletion_acts_with_the_right_of_whoever_deletes() -> None:
    _, commands = tell(requested(), ranked("a"), succeeded(1), deletion())

    assert [command.credential for command in commands if isinstance(command, CleanUpTrial)] == ["cred-2"]


def test_no_site_fits_fails_with_the_reason() -> None:
    state, (said,) = tell(requested(), none_fits())

    assert isinstance(state, Failed)
    assert isinstance(said, DeploymentFailed)
    assert said.cause is Cause.CAPACITY


STANDING = (requested(), ranked("bari", "cnaf"), failed(1), cleaned(1), succeeded(2))


def test_an_update_goes_to_the_site_where_the_deployment_stands_and_has_the_time_of_a_trial() -> None:
    state, (change, wake) = tell(*STANDING, updating(2), patience=Patience(trial=timedelta(minutes=7)))

    assert isinstance(state, Updating)
    assert isinstance(change, ChangeInfrastructure)
    assert (change.trial, change.revision, change.candidate.site) == (2, 2, "cnaf")
    assert wake == WakeAt(when=NOON + timedelta(minutes=7), about=About.UPDATE, trial=change.trial)


def test_an_update_completes_with_the_outputs_of_what_stands_now() -> None:
    state, (done,) = tell(*STANDING, updating(2), changed(2, 2))

    assert isinstance(state, Deployed)
    assert isinstance(done, UpdateCompleted)
    assert done.outputs == {"ip": "192.0.2.2"}


def test_what_stood_before_a_failed_update_stays_and_can_be_updated_again() -> None:
    state, (failure,) = tell(*STANDING, updating(2), not_changed(2, 2))
    assert isinstance(state, Deployed)
    assert isinstance(failure, UpdateFailed)
    assert failure.sentence == "no room"

    again, _ = tell(*STANDING, updating(2), not_changed(2, 2), updating(3), changed(2, 2))
    assert isinstance(again, Updating)


def test_one_action_at_a_time_is_with_the_site_and_each_gets_its_answer() -> None:
    _, first = tell(*STANDING, action("a-1"))
    _, second = tell(*STANDING, action("a-1"), action("a-2"))
    state, after_first = tell(*STANDING, action("a-1"), action("a-2"), acted("a-1"))
    _, after_second = tell(*STANDING, action("a-1"), action("a-2"), acted("a-1"), not_acted("a-2"))

    assert [type(command) for command in first] == [PerformAction]
    assert second == []
    assert [type(command) for command in after_first] == [ActionCompleted, PerformAction]
    assert [type(command) for command in after_second] == [ActionFailed]
    assert isinstance(state, Deployed)


def test_an_update_during_an_action_is_refused_with_the_reason() -> None:
    _, (failure,) = tell(*STANDING, action(), updating(2))

    assert isinstance(failure, UpdateFailed)
    assert "action is still under way" in failure.sentence


def test_no_trial_is_too_slow_while_nobody_can_act_for_the_owner() -> None:
    story = (requested(Limits(trial_timeout=timedelta(minutes=5))), ranked("bari", "cnaf"))
    state, again = tell(*story, LOST, late(About.TRIAL, 1))
    assert isinstance(state, Trying)
    assert again == [WakeAt(when=NOON + timedelta(minutes=5), about=About.TRIAL, trial=state.running.number)]

    _, anew = tell(*story, LOST, RESTORED)
    assert anew == again
    slow, _ = tell(*story, LOST, RESTORED, late(About.TRIAL, 1))
    assert isinstance(slow, Trying)
    assert slow.running.candidate.site == "cnaf"


def test_a_reset_ends_the_waiting_for_a_deletion_and_the_sites_go_on() -> None:
    state, (failure,) = tell(*STANDING, deletion(), reset())
    gone, _ = tell(*STANDING, deletion(), reset(), cleaned(2))

    assert isinstance(state, DeletionStuck)
    assert isinstance(failure, DeletionFailed)
    assert isinstance(gone, Deleted)


def test_a_trial_has_the_time_that_was_learned_unless_the_user_says_otherwise() -> None:
    fast = ranked("bari")
    fast = fast.model_copy(update={"candidates": (fast.candidates[0].model_copy(update={"patience": 90}),)})
    _, learned = tell(requested(), fast)
    _, said = tell(requested(Limits(trial_timeout=timedelta(minutes=5))), fast)

    assert [command.when for command in learned if isinstance(command, WakeAt)] == [NOON + timedelta(seconds=90)]
    assert [command.when for command in said if isinstance(command, WakeAt)] == [NOON + timedelta(minutes=5)]
