"""What holds for every story, however events come."""

from hypothesis import given
from hypothesis import strategies as st

from services.deployer.domain.commands import About, CleanUpTrial, StartTrial
from services.deployer.domain.decision import Command, Event
from services.deployer.domain.saga import decide
from services.deployer.domain.states import Deleted, Failed, NotStarted, State
from shared.contracts.trials import TrialOutcome
from shared.contracts.vocabulary import Limits
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

MOST = 3
numbers = st.integers(1, 4)
limits = st.builds(Limits, max_trials=st.sampled_from([None, 1, 2, MOST]), keep_last=st.booleans())
happenings = st.one_of(
    st.just(ranked("a", "b", "c")),
    st.just(ranked()),
    st.just(none_fits()),
    st.just(deletion()),
    numbers.map(succeeded),
    numbers.map(failed),
    numbers.map(lambda trial: failed(trial, site_fault=False)),
    numbers.map(cleaned),
    numbers.map(stuck),
    numbers.map(lambda trial: late(About.TRIAL, trial)),
    numbers.map(lambda revision: updating(revision + 1)),
    numbers.map(lambda revision: changed(2, revision + 1)),
    numbers.map(lambda revision: not_changed(1, revision + 1)),
    st.sampled_from([action("a-1"), action("a-2"), acted("a-1"), not_acted("a-2"), reset(), LOST, RESTORED]),
    st.sampled_from([late(About.RANKING), late(About.OVERALL), late(About.CLEANING)]),
)
stories = st.builds(lambda limit, rest: [requested(limit), *rest], limits, st.lists(happenings, max_size=25))


def told(story: list[Event]) -> tuple[State, list[Command]]:
    """Where a story ends, and all that was ordered on the way."""
    state: State = NotStarted()
    commands: list[Command] = []
    for event in story:
        state, more = decide(state, event, NOON)
        commands += more
    return state, commands


@given(stories)
def test_an_event_told_twice_in_a_row_is_told_once(story: list[Event]) -> None:
    once, ordered_once = told(story)
    twice, ordered_twice = told(_doubled(story))

    assert twice == once
    assert ordered_twice == ordered_once


def _doubled(story: list[Event]) -> list[Event]:
    """Every event twice, but deletions: asking again after a failed deletion is a new wish."""
    return [event for event in story for _ in range(1 if event == deletion() else 2)]


@given(stories)
def test_trial_numbers_only_rise_and_stay_within_the_limit(story: list[Event]) -> None:
    _, commands = told(story)
    started = [command.trial for command in commands if isinstance(command, StartTrial)]
    limit = story[0].limits.max_trials or MOST  # type: ignore[union-attr]

    assert started == list(range(1, len(started) + 1))
    assert len(started) <= limit


@given(stories)
def test_every_trial_that_is_given_up_is_ordered_to_be_cleaned(story: list[Event]) -> None:
    state, commands = told(story)
    started = {command.trial for command in commands if isinstance(command, StartTrial)}
    to_clean = {command.trial for command in commands if isinstance(command, CleanUpTrial)}

    if isinstance(state, Failed):
        kept = {trial.number for trial in state.trials if trial.outcome is TrialOutcome.KEPT}
        assert started - kept == to_clean
    if isinstance(state, Deleted):
        assert started <= to_clean


@given(stories)
def test_a_deleted_deployment_stays_deleted(story: list[Event]) -> None:
    state, _ = told(story)
    if isinstance(state, Deleted):
        assert told([*story, ranked("z"), succeeded(1), failed(1), deletion()])[0] == state
