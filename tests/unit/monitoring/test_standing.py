from datetime import timedelta
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.monitoring.domain.standing import NOTHING_SEEN, Patience, Standing, judge, verdicts, worst
from shared.contracts.sites import Health
from tests.support.builders import NOON

H, D, U = Health.HEALTHY, Health.DEGRADED, Health.UNHEALTHY
LETTERS = {None: "-", H: "h", D: "d", U: "u"}
USUAL = Patience(down=3, window=5, up=2)
MARKS = st.lists(st.booleans(), max_size=60)


def course(marks: list[bool], patience: Patience = USUAL) -> list[Standing]:
    seconds = enumerate(marks)
    steps = accumulate(
        seconds,
        lambda before, mark: judge(before, mark[1], NOON + timedelta(seconds=mark[0]), patience),
        initial=NOTHING_SEEN,
    )
    return list(steps)[1:]


@pytest.mark.parametrize(
    ("seen", "health"),
    [
        ("1", "h"),
        ("0", "d"),
        ("01", "dd"),
        ("011", "ddh"),
        ("000", "ddu"),
        ("1110111", "hhhddhh"),
        ("11000", "hhddu"),
        ("110101", "hhdddd"),
        ("1101010", "hhddddu"),
        ("000101", "dduuuu"),
        ("0001011", "dduuuuh"),
        ("00011", "dduuh"),
        ("000110", "dduuhd"),
        ("0001101100", "dduuhddhdd"),
        ("00011011000", "dduuhddhddu"),
        ("0000000001", "dduuuuuuuu"),
    ],
)
def test_the_course_of_health(seen: str, health: str) -> None:
    marks = [mark == "1" for mark in seen]
    assert "".join(LETTERS[standing.health] for standing in course(marks)) == health


def test_no_verdict_changes_nothing() -> None:
    before = course([True, False])[-1]
    assert judge(before, None, NOON + timedelta(hours=1)) == before


@given(MARKS)
def test_nobody_goes_down_without_enough_bad_ones_in_the_window(marks: list[bool]) -> None:
    before: Health | None = None
    for number, standing in enumerate(course(marks)):
        if standing.health is U and before is not U:
            assert marks[max(0, number + 1 - USUAL.window) : number + 1].count(False) >= USUAL.down
        before = standing.health


@given(MARKS)
def test_nobody_is_healed_without_enough_good_ones_in_a_row(marks: list[bool]) -> None:
    before: Health | None = None
    for number, standing in enumerate(course(marks)):
        if standing.health is H and before in (D, U):
            assert marks[number + 1 - USUAL.up : number + 1] == [True] * USUAL.up
        before = standing.health


@given(MARKS, st.integers(1, 9))
def test_an_outage_ends_in_health_and_nowhere_else(marks: list[bool], window: int) -> None:
    patience = Patience(down=min(3, window), window=window, up=min(2, window))
    healths = [standing.health for standing in course(marks, patience)]
    assert all(after in (U, H) for before, after in pairwise(healths) if before is U)


@given(MARKS)
def test_enough_good_ones_in_a_row_always_heal_and_enough_bad_ones_always_end_it(marks: list[bool]) -> None:
    assert course([*marks, True, True])[-1].health is H
    assert course([*marks, False, False, False])[-1].health is U


@given(MARKS)
def test_what_is_remembered_fits_the_window_and_survives_writing(marks: list[bool]) -> None:
    for standing in course(marks):
        assert len(standing.recent) <= USUAL.window
        assert verdicts(standing.written) == standing.recent


def test_a_window_in_which_no_outage_would_begin_or_end_is_refused() -> None:
    for down, window, up in ((6, 5, 2), (0, 5, 2), (3, 5, 0), (3, 5, 6)):
        with pytest.raises(ValueError, match="allowed"):
            Patience(down, window, up)


def test_the_worst_of_what_is_known_counts() -> None:
    assert worst([H, None, D]) is D
    assert worst([H, U, D]) is U
    assert worst([None, None]) is None
