from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.monitoring.domain.rhythm import Outcome, Pace, Rhythm, failures_after, idle, paced, pause

RHYTHM = Rhythm(timedelta(seconds=30), timedelta(minutes=5), 0.1)


def test_a_site_that_answers_is_looked_at_on_the_interval() -> None:
    assert pause(RHYTHM, 0, 0.5) == timedelta(seconds=30)


def test_a_site_that_fails_is_looked_at_ever_more_seldom_up_to_the_longest() -> None:
    pauses = [pause(RHYTHM, failures, 0.5).total_seconds() for failures in (1, 2, 3, 4, 5, 1000)]
    assert pauses == [60, 120, 240, 300, 300, 300]


def test_an_interval_above_the_longest_is_kept() -> None:
    assert pause(Rhythm(timedelta(hours=1), timedelta(minutes=5), 0), 3, 0.5) == timedelta(hours=1)


@given(st.integers(0, 100), st.floats(0, 1, exclude_max=True))
def test_chance_moves_a_look_by_no_more_than_the_jitter(failures: int, chance: float) -> None:
    steady = pause(RHYTHM, failures, 0.5)
    assert steady * 0.899 <= pause(RHYTHM, failures, chance) <= steady * 1.101


@pytest.mark.parametrize(
    ("outcomes", "failures"),
    [
        ([Outcome.ILL, Outcome.ILL], 3),
        ([Outcome.ILL, Outcome.WELL], 0),
        ([Outcome.MISSED], 3),
        ([Outcome.MISSED, Outcome.WELL], 0),
        ([Outcome.NOTHING, Outcome.ILL], 3),
        ([Outcome.NOTHING], 2),
        ([], 2),
    ],
)
def test_a_site_fails_when_none_of_its_services_answers(outcomes: list[Outcome], failures: int) -> None:
    assert failures_after(2, outcomes) == failures


def test_a_collector_with_nothing_to_say_about_a_site_is_idle_there() -> None:
    assert idle([])
    assert idle([Outcome.NOTHING, Outcome.NOTHING])
    assert not idle([Outcome.NOTHING, Outcome.MISSED])


def test_a_collector_may_look_more_seldom_and_is_then_not_backed_off_from() -> None:
    hourly = paced(RHYTHM, Pace(every=timedelta(hours=1)))
    assert [pause(hourly, failures, 0.5) for failures in (0, 3)] == [timedelta(hours=1)] * 2
    assert paced(RHYTHM, Pace()) == RHYTHM
