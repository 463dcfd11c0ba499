"""What a backend's answer means for a trial's row."""

from dataclasses import replace
from datetime import timedelta

from services.deployer.domain.outcomes import (
    Acted,
    Broken,
    Created,
    Going,
    Gone,
    Pending,
    Ready,
    Unasked,
    Unreachable,
    Withheld,
)
from services.deployer.domain.trial import Answer, Deed, Errand, Phase, Rhythm, Trial, advance
from shared.contracts.trials import (
    CleanUpStuck,
    TrialActed,
    TrialActionFailed,
    TrialChanged,
    TrialChangeFailed,
    TrialCleaned,
    TrialFailed,
    TrialMessage,
    TrialProgressed,
    TrialSucceeded,
)
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
from tests.support.builders import ISSUER, NOON, a_candidate

RHYTHM = Rhythm(stuck_after=3, unreachable=timedelta(seconds=60), settle=timedelta(seconds=5))
TRIAL = Trial(
    deployment_id=DeploymentId("d-1"),
    number=TrialNo(1),
    revision=Revision(1),
    backend=BackendName("im"),
    errand=Errand(
        owner=Principal(issuer=ISSUER, subject="ada"), credential=CredentialRef("c"), candidate=a_candidate("bari")
    ),
    calls=1,
)
STANDING = replace(TRIAL, phase=Phase.WATCH, external_id="vm-1")
LEAVING = replace(STANDING, wanted_gone=True)


def test_a_creation_is_looked_at_at_once() -> None:
    trial, says = advance(TRIAL, Created("vm-1"), NOON, RHYTHM)

    assert (trial.phase, trial.external_id, trial.due_at) == (Phase.WATCH, "vm-1", NOON)
    assert says == ()


def test_progress_is_told_once_per_change() -> None:
    first, says = advance(STANDING, Pending("booting"), NOON, RHYTHM)
    _, again = advance(first, Pending("booting"), NOON, RHYTHM)
    _, changed = advance(first, Pending("configuring"), NOON, RHYTHM)

    assert [type(said) for said in says] == [TrialProgressed]
    assert again == ()
    assert len(changed) == 1


def test_what_stands_is_told_with_its_outputs_and_asked_no_more() -> None:
    trial, (said,) = advance(STANDING, Ready(outputs={"ip": "192.0.2.1"}), NOON, RHYTHM)

    assert isinstance(said, TrialSucceeded)
    assert (said.external_id, said.outputs) == ("vm-1", {"ip": "192.0.2.1"})
    assert trial.due_at is None


def test_a_refusal_fails_the_trial_with_its_cause() -> None:
    trial, (said,) = advance(TRIAL, Broken(Cause.QUOTA, "no room"), NOON, RHYTHM)

    assert isinstance(said, TrialFailed)
    assert (said.cause, said.sentence, said.site_fault) == (Cause.QUOTA, "no room", True)
    assert trial.phase is Phase.BROKEN


def test_a_site_that_cannot_be_reached_is_given_up_after_a_while_and_not_before() -> None:
    away = Unreachable("connection refused")
    waiting, nothing = advance(STANDING, away, NOON, RHYTHM)
    still, _ = advance(waiting, away, NOON + timedelta(seconds=59), RHYTHM)
    given_up, (said,) = advance(still, away, NOON + timedelta(seconds=60), RHYTHM)

    assert nothing == ()
    assert isinstance(said, TrialFailed)
    assert "bari could not be reached for 60 s: connection refused" in said.sentence
    assert given_up.phase is Phase.BROKEN


def test_an_answer_in_between_forgives() -> None:
    waiting, _ = advance(STANDING, Unreachable("away"), NOON, RHYTHM)
    back, _ = advance(waiting, Pending(), NOON + timedelta(seconds=30), RHYTHM)

    assert back.failing_since is None


def test_what_is_seen_gone_is_clean() -> None:
    trial, (said,) = advance(LEAVING, Gone(), NOON, RHYTHM)

    assert isinstance(said, TrialCleaned)
    assert (trial.phase, trial.due_at) == (Phase.GONE, None)


def test_an_uncertain_creation_must_be_seen_gone_twice_some_time_apart() -> None:
    uncertain = replace(LEAVING, external_id=None, phase=Phase.CREATE)
    once, nothing = advance(uncertain, Gone(), NOON, RHYTHM)
    _, (said,) = advance(once, Gone(), NOON + RHYTHM.settle, RHYTHM)

    assert nothing == ()
    assert once.due_at == NOON + RHYTHM.settle
    assert isinstance(said, TrialCleaned)


def test_what_turns_up_between_two_looks_must_be_seen_gone_twice_again() -> None:
    once, _ = advance(replace(LEAVING, external_id=None), Gone(), NOON, RHYTHM)
    found, _ = advance(once, Going(("vm-9",)), NOON, RHYTHM)

    assert not found.seen_gone


def test_a_clean_up_that_keeps_failing_is_told_once_and_goes_on_slowly() -> None:
    trial = LEAVING
    told: list[TrialMessage] = []
    for _ in range(6):
        trial, says = advance(trial, Broken(Cause.BACKEND, "will not"), NOON, RHYTHM)
        told += says

    (stuck,) = told
    assert isinstance(stuck, CleanUpStuck)
    assert stuck.remains == ("vm-1",)
    assert trial.due_at == NOON + RHYTHM.slow


def test_a_stuck_clean_up_still_ends_well() -> None:
    _, (said,) = advance(replace(LEAVING, stuck=True, tries=9), Gone(), NOON, RHYTHM)

    assert isinstance(said, TrialCleaned)


def test_a_creation_that_comes_through_while_it_is_unwanted_is_known_and_undone_next() -> None:
    trial, says = advance(replace(TRIAL, wanted_gone=True), Created("vm-1"), NOON, RHYTHM)

    assert trial.external_id == "vm-1"
    assert trial.cleaning
    assert trial.due_at == NOON
    assert says == ()


def test_asking_again_gets_slower() -> None:
    pauses, trial = [], LEAVING
    for _ in range(2):
        trial, _ = advance(trial, Unreachable("away"), NOON, RHYTHM)
        assert trial.due_at is not None
        pauses.append(trial.due_at - NOON)

    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[1]


def test_a_site_that_says_when_is_asked_then() -> None:
    trial, _ = advance(STANDING, Unreachable("busy", again=timedelta(seconds=7)), NOON, RHYTHM)

    assert trial.due_at == NOON + timedelta(seconds=7)


ANSWERS: tuple[Answer, ...] = (Created("x"), Pending(), Ready(), Broken(Cause.IMAGE, "no"), Unreachable("away"))


def test_every_answer_leaves_a_live_trial_due_or_ended() -> None:
    for answer in ANSWERS:
        trial, says = advance(STANDING, answer, NOON, RHYTHM)
        assert trial.due_at is not None or says


UP = replace(STANDING, phase=Phase.READY, due_at=None)
CHANGING = replace(UP, phase=Phase.CHANGING, revision=Revision(2))
DEED = Deed(action_id=ActionId("a-1"), action=Action.STOP, machines=("vm-7",))
ACTING = replace(UP, phase=Phase.ACT, errand=UP.errand.model_copy(update={"deed": DEED}))


def test_a_change_that_was_taken_is_watched_until_it_is_so() -> None:
    taken, nothing = advance(replace(CHANGING, phase=Phase.CHANGE), Created("vm-1"), NOON, RHYTHM)
    watched, _ = advance(taken, Pending("configuring"), NOON, RHYTHM)
    done, (said,) = advance(watched, Ready({"ip": "192.0.2.2"}), NOON, RHYTHM)

    assert (taken.phase, watched.phase, nothing) == (Phase.CHANGING, Phase.CHANGING, ())
    assert isinstance(said, TrialChanged)
    assert (said.revision, said.outputs) == (2, {"ip": "192.0.2.2"})
    assert (done.phase, done.due_at) == (Phase.READY, None)


def test_a_change_that_fails_leaves_the_trial_standing() -> None:
    for answer in (Broken(Cause.QUOTA, "no room"), Broken(Cause.QUOTA, "no room", site_fault=False)):
        trial, (said,) = advance(CHANGING, answer, NOON, RHYTHM)
        assert isinstance(said, TrialChangeFailed)
        assert (said.revision, said.cause, said.sentence) == (2, Cause.QUOTA, "no room")
        assert (trial.phase, trial.due_at) == (Phase.READY, None)


def test_an_action_is_told_done_or_undone_by_its_id() -> None:
    done, (yes,) = advance(ACTING, Acted(), NOON, RHYTHM)
    undone, (no,) = advance(ACTING, Broken(Cause.BACKEND, "it is busy"), NOON, RHYTHM)

    assert isinstance(yes, TrialActed)
    assert isinstance(no, TrialActionFailed)
    assert (yes.action_id, no.action_id, no.sentence) == ("a-1", "a-1", "it is busy")
    assert done.phase is undone.phase is Phase.READY


def test_an_action_that_does_not_come_to_an_end_is_given_up() -> None:
    waiting, nothing = advance(ACTING, Pending("1 of 2"), NOON, RHYTHM)
    _, (said,) = advance(waiting, Pending("1 of 2"), NOON + RHYTHM.acting, RHYTHM)

    assert (waiting.phase, nothing) == (Phase.ACT, ())
    assert isinstance(said, TrialActionFailed)
    assert said.sentence == "It took too long. 1 of 2"


def test_while_nobody_can_act_for_the_owner_the_trial_waits_and_nothing_is_told() -> None:
    failing = replace(STANDING, failing_since=NOON - timedelta(minutes=5))
    waiting, says = advance(failing, Withheld("log in"), NOON, RHYTHM)

    assert says == ()
    assert waiting.phase is Phase.WATCH
    assert waiting.failing_since is None
    assert waiting.due_at == NOON + RHYTHM.longest_pause


def test_a_vault_that_cannot_be_asked_is_never_held_against_the_site() -> None:
    trial, at = STANDING, NOON
    for _ in range(20):
        trial, says = advance(trial, Unasked("the vault cannot be reached"), at, RHYTHM)
        assert says == ()
        assert trial.due_at is not None
        assert trial.due_at - at <= RHYTHM.longest_pause
        at = trial.due_at
    assert at - NOON > RHYTHM.unreachable
    assert trial.phase is Phase.WATCH

    said = advance(LEAVING, Unasked("the vault cannot be reached", timedelta(seconds=1)), NOON, RHYTHM)
    assert said.trial.due_at == NOON + timedelta(seconds=1)
    assert said.trial.tries == 1
