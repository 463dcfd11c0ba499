from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.monitoring.domain.rhythm import Rhythm, failures_after, pause

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


def test_a_site_fails_when_none_of_its_services_answers() -> None:
    assert failures_after(2, [False, False]) == 3
    assert failures_after(2, [False, True]) == 0


def test_a_look_that_saw_nothing_changes_nothing() -> None:
    assert failures_after(2, []) == 2
