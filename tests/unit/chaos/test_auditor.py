"""The auditor finds what was planted, and finds nothing where nothing is wrong."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from chaos.auditor import audit
from chaos.evidence import Ending, Fault, Verdict
from chaos.standing import Owner, owner_of
from shared.contracts.deployments import (
    DeletionRequested,
    DeploymentCompleted,
    DeploymentDeleted,
    DeploymentFailed,
    DeploymentRequested,
)
from shared.contracts.ranking import NoSiteFits, SitesRanked
from shared.contracts.trials import TrialCleaned, TrialFailed, TrialOutcome, TrialStarted, TrialSucceeded
from shared.contracts.vocabulary import Cause, DeploymentId, TrialNo
from tests.unit.chaos.histories import (
    History,
    as_it_should_be,
    cleaned,
    completed,
    failed,
    given_up,
    gone,
    started,
    succeeded,
    unwanted,
)

ONE, TWO, THREE, FOUR, FIVE = (DeploymentId(f"d-{n}") for n in range(1, 6))
ESSENTIAL = (
    (DeploymentRequested, ONE),
    (SitesRanked, ONE),
    (TrialStarted, ONE),
    (TrialFailed, ONE),
    (TrialSucceeded, ONE),
    (TrialCleaned, ONE),
    (DeploymentCompleted, ONE),
    (DeletionRequested, TWO),
    (TrialCleaned, TWO),
    (DeploymentDeleted, TWO),
    (NoSiteFits, THREE),
    (DeploymentFailed, THREE),
    (DeletionRequested, FOUR),
    (TrialStarted, FOUR),
    (TrialCleaned, FOUR),
    (DeploymentDeleted, FOUR),
    (DeploymentFailed, FIVE),
)


def judge(bend: Callable[[History], object]) -> Verdict:
    """The verdict on a history with one thing wrong."""
    history = as_it_should_be()
    bend(history)
    return audit(history.evidence())


def faults(bend: Callable[[History], object]) -> set[Fault]:
    """What kinds of fault were found."""
    return {finding.fault for finding in judge(bend).findings}


def test_finds_nothing_where_nothing_is_wrong() -> None:
    verdict = audit(as_it_should_be().evidence())

    assert verdict.findings == ()
    assert verdict.holds
    assert verdict.deployments == 5
    assert verdict.endings == Counter({Ending.CREATE_COMPLETE: 1, Ending.CREATE_FAILED: 2, Ending.DELETE_COMPLETE: 2})


def test_a_fact_delivered_again_later_is_no_fault() -> None:
    history = as_it_should_be()
    later = len(history.heard)
    history.heard += [replace(fact, offset=later + fact.offset) for fact in history.heard]

    verdict = audit(history.evidence())

    assert verdict.holds
    assert verdict.redelivered == later


@pytest.mark.parametrize(("kind", "deployment"), ESSENTIAL, ids=lambda value: getattr(value, "__name__", value))
def test_a_lost_event_is_found(kind: type[DeploymentRequested], deployment: DeploymentId) -> None:
    verdict = judge(lambda history: history.without(kind, deployment))

    assert deployment in {finding.deployment for finding in verdict.findings}


def test_an_accepted_request_of_which_nothing_was_told_is_lost() -> None:
    assert faults(lambda history: history.accepted.add(DeploymentId("d-9"))) == {Fault.LOST}


def test_an_accepted_deletion_of_which_nothing_was_told_is_lost() -> None:
    assert faults(lambda history: history.deleted.add(ONE)) == {Fault.LOST}


def test_a_right_request_that_was_refused_is_found() -> None:
    assert faults(lambda history: history.refused.append("POST /deployments: 400")) == {Fault.REFUSED}


def test_a_dead_letter_is_lost() -> None:
    assert faults(lambda history: history.set_aside.append("deployments.dead offset 0")) == {Fault.LOST}


def test_a_trial_that_nothing_came_of_is_lost() -> None:
    def lose(history: History) -> None:
        history.without(TrialSucceeded, FOUR)
        history.without(TrialCleaned, FOUR)

    assert Fault.LOST in faults(lose)


def test_a_doubled_create_is_found() -> None:
    verdict = judge(lambda history: history.build(ONE, 2))

    assert verdict.count(Fault.DOUBLED) == 2, "it was made twice, and both stand"


def test_a_doubled_create_is_found_even_when_one_of_them_is_gone_by_now() -> None:
    def double(history: History) -> None:
        history.build(ONE, 1)
        history.ledger.append({"event": "deleted", "tag": "corale-d-1-1", "stack": history.ledger[-1]["stack"]})

    assert faults(double) == {Fault.DOUBLED}


def test_a_request_accepted_twice_is_found() -> None:
    """A retried POST made a second deployment, whose id nobody was told."""

    def double(history: History) -> None:
        history.accepted.discard(THREE)

    assert faults(double) == {Fault.DOUBLED}


@pytest.mark.parametrize(
    "body",
    [
        started(ONE, 2),
        succeeded(ONE, 2),
        failed(ONE, 1),
        completed(ONE, TrialOutcome.FAILED, TrialOutcome.SUCCEEDED),
        gone(TWO),
        given_up(THREE),
    ],
    ids=lambda body: body.type(),
)
def test_an_event_applied_twice_is_found(body: TrialStarted) -> None:
    assert Fault.DOUBLED in faults(lambda history: history.tell(body))


def test_two_facts_under_one_id_are_found() -> None:
    def mix_up(history: History) -> None:
        history.heard[-1] = replace(history.heard[-1], id=history.heard[-2].id)

    assert Fault.DOUBLED in faults(mix_up)


def test_a_leak_is_found() -> None:
    def forget_to_clean(history: History) -> None:
        history.ledger = [line for line in history.ledger if line["event"] != "deleted" or "d-1-1" not in line["tag"]]

    assert faults(forget_to_clean) == {Fault.LEAKED}


def test_a_leak_of_a_deleted_deployment_is_found() -> None:
    def forget_to_clean(history: History) -> None:
        history.ledger = [line for line in history.ledger if line["event"] != "deleted" or "d-2-1" not in line["tag"]]

    assert faults(forget_to_clean) == {Fault.LEAKED}


def test_a_stack_of_nobody_is_found() -> None:
    ours = faults(lambda history: history.build("d-77", 1))
    foreign = faults(lambda history: history.ledger.append({"event": "created", "tag": "else", "stack": "stack-99"}))

    assert ours == {Fault.LEAKED, Fault.LOST}
    assert foreign == {Fault.LEAKED}


def test_a_stuck_saga_is_found() -> None:
    def stop(history: History) -> None:
        history.without(DeploymentCompleted, ONE)
        history.without(TrialSucceeded, ONE)
        history.tear_down(ONE, 2)

    assert Fault.STUCK in faults(stop)


def test_a_failed_trial_that_is_never_cleaned_is_stuck() -> None:
    assert faults(lambda history: history.without(TrialCleaned, ONE)) == {Fault.STUCK}


def test_a_deletion_without_an_end_is_stuck() -> None:
    def stop(history: History) -> None:
        history.tell(unwanted(ONE))
        history.deleted.add(ONE)

    assert Fault.STUCK in faults(stop)


def test_a_wrong_terminal_state_is_found() -> None:
    def lie(history: History) -> None:
        history.without(DeploymentCompleted, ONE)
        history.tell(given_up(ONE, TrialOutcome.FAILED, TrialOutcome.SUCCEEDED))

    assert faults(lie) == {Fault.WRONG_END, Fault.LEAKED}


def test_a_completion_of_which_nothing_stands_is_found() -> None:
    assert faults(lambda history: history.tear_down(ONE, 2)) == {Fault.WRONG_END}


def test_a_completion_after_a_failed_trial_is_found() -> None:
    def lie(history: History) -> None:
        history.without(TrialSucceeded, ONE)
        history.tell(failed(ONE, 2))

    assert Fault.WRONG_END in faults(lie)


def test_both_completed_and_failed_is_found() -> None:
    assert Fault.WRONG_END in faults(lambda history: history.tell(given_up(ONE)))


def test_deleted_before_it_was_gone_is_found() -> None:
    def hurry(history: History) -> None:
        history.without(TrialCleaned, TWO)
        history.tell(cleaned(TWO, 1))

    assert faults(hurry) == {Fault.WRONG_END}


def test_a_user_who_sees_something_else_is_found() -> None:
    assert faults(lambda history: history.shown.update({ONE: "CREATE_IN_PROGRESS"})) == {Fault.WRONG_END}


def test_a_trial_after_the_end_is_found() -> None:
    assert Fault.DISORDER in faults(lambda history: history.tell(started(ONE, 3), failed(ONE, 3), cleaned(ONE, 3)))


def test_trials_out_of_order_are_found() -> None:
    def turn(history: History) -> None:
        places = [place for place, fact in enumerate(history.heard) if isinstance(fact.body, TrialStarted)][:2]
        first, second = places
        history.heard[first], history.heard[second] = history.heard[second], history.heard[first]

    assert Fault.DISORDER in faults(turn)


def test_one_story_on_two_partitions_is_found() -> None:
    def scatter(history: History) -> None:
        history.heard[1] = replace(history.heard[1], partition=1)

    assert faults(scatter) == {Fault.DISORDER}


def test_giving_up_on_a_trial_that_succeeds_at_that_very_moment_is_no_fault() -> None:
    """The saga's own patience ran out; the site's answer crossed with it, and is cleaned like any failed trial."""

    def cross(history: History) -> None:
        at = next(place for place, fact in enumerate(history.heard) if isinstance(fact.body, TrialFailed))
        timeout = history.heard[at].body.model_copy(update={"cause": Cause.TIMEOUT})
        history.heard[at] = replace(history.heard[at], body=timeout)
        history.tell(succeeded(ONE, 1))

    assert faults(cross) == set()


def test_a_deletion_asked_for_twice_is_no_fault() -> None:
    def insist(history: History) -> None:
        history.heard = [fact for fact in history.heard if not isinstance(fact.body, DeploymentDeleted)]
        for deployment in (TWO, FOUR):
            history.tell(unwanted(deployment), cleaned(deployment, 1), gone(deployment))

    assert faults(insist) == set()


def test_a_kept_trial_of_which_the_site_made_nothing_is_no_fault() -> None:
    assert faults(lambda history: history.tear_down(FIVE, 1)) == set()


def test_a_kept_trial_that_was_made_twice_is_found() -> None:
    assert faults(lambda history: history.build(FIVE, 1)) == {Fault.DOUBLED}


def test_the_owner_of_a_stack_stands_in_its_tag() -> None:
    assert owner_of("corale-1f-2e-3") == Owner("1f-2e", TrialNo(3))
    assert owner_of("corale-1f") is None
    assert owner_of("somebody-else-3") is None
