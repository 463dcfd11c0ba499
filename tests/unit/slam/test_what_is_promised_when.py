"""Effective limits: schedules, shares and growth, at every moment."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.slam.domain.changes import Change, Day, Growth, Period, UserShare, Weekly
from services.slam.domain.effective import next_point, promises_at, quantities, unknown
from services.slam.domain.promises import Promise
from services.slam.domain.terms import Terms
from shared.contracts.sites import Quantities
from tests.support.builders import NOON
from tests.unit.slam.made import DAY, cores, hours, some_terms

HOUR = timedelta(hours=1)
WEEKENDS: tuple[Day, ...] = ("sat", "sun")


def cpus(terms: Terms, at: datetime, scope: str = "total") -> float | None:
    return quantities(promises_at(terms, at), scope, "limit").cpus


def test_a_period_is_from_its_start_until_just_before_its_end() -> None:
    school = Period(kind="period", starts=NOON, until=NOON + DAY, targets=(cores(64),))
    terms = some_terms(cores(8), changes=(school,))
    assert [cpus(terms, NOON + step) for step in (-HOUR, 0 * HOUR, 23 * HOUR, 24 * HOUR)] == [8, 64, 64, 8]
    assert next_point(terms, NOON - HOUR) == NOON
    assert next_point(terms, NOON) == NOON + DAY
    assert next_point(terms, NOON + DAY) is None


def test_the_last_change_that_applies_counts_and_new_things_may_be_promised() -> None:
    first = Period(kind="period", starts=NOON, until=NOON + DAY, targets=(cores(64),))
    last = Period(kind="period", starts=NOON, until=NOON + HOUR, targets=(cores(1), hours(5)))
    terms = some_terms(cores(8), changes=(first, last))
    assert [cpus(terms, NOON + step) for step in (0 * HOUR, HOUR)] == [1, 64]
    assert [promise.type for promise in promises_at(terms, NOON)] == ["num_cpus", "computing_time"]


def test_nights_are_by_the_clock_of_their_zone_in_summer_and_winter() -> None:
    nights = Weekly(
        kind="weekly",
        days=("sat",),
        starts=time(22),
        until=time(6),
        zone="Europe/Rome",
        targets=(cores(100),),
    )
    terms = some_terms(cores(8), changes=(nights,))
    # The last Saturday of March 2026 is the 28th; the clocks go forward in that night, which is an hour short.
    moments = {
        datetime(2026, 3, 21, 20, 59, tzinfo=UTC): 8,
        datetime(2026, 3, 21, 21, 0, tzinfo=UTC): 100,
        datetime(2026, 3, 22, 4, 59, tzinfo=UTC): 100,
        datetime(2026, 3, 22, 5, 0, tzinfo=UTC): 8,
        datetime(2026, 3, 28, 21, 0, tzinfo=UTC): 100,
        datetime(2026, 3, 29, 4, 0, tzinfo=UTC): 8,
        datetime(2026, 7, 4, 20, 0, tzinfo=UTC): 100,
    }
    assert {at: cpus(terms, at) for at in moments} == moments
    assert next_point(terms, datetime(2026, 3, 28, 21, tzinfo=UTC)) == datetime(2026, 3, 29, 4, tzinfo=UTC)


def test_a_share_follows_the_whole_of_the_moment() -> None:
    changes: tuple[Change, ...] = (
        Period(kind="period", starts=NOON, until=NOON + DAY, targets=(cores(64),)),
        UserShare(kind="user-share", share=0.25),
    )
    terms = some_terms(cores(8), changes=changes)
    assert [cpus(terms, NOON + step, "user") for step in (-HOUR, HOUR)] == [2, 16]


def test_a_share_of_what_is_unlimited_or_unknown_is_left_as_it_was_agreed() -> None:
    share = UserShare(kind="user-share", share=0.25)
    for total in ("unlimited", "unknown"):
        assert cpus(some_terms(cores(total, user_limit=3), changes=(share,)), NOON, "user") == 3


def test_limits_grow_day_by_day_to_the_end() -> None:
    ends = NOON + 10 * DAY
    terms = some_terms(cores(10), changes=(Growth(kind="growth", days=4, factor=3),), ends=ends)
    days = [cpus(terms, NOON + day * DAY) for day in range(10)]
    assert days == [10, 10, 10, 10, 10, 10, 15, 20, 25, 30]
    points = []
    at = NOON
    while (point := next_point(terms, at)) is not None:
        points.append(point)
        at = point
    assert points == [ends - 4 * DAY, ends - 3 * DAY, ends - 2 * DAY, ends - DAY]


def test_what_is_guaranteed_is_never_taken_away() -> None:
    terms = some_terms(
        cores(10, total_guaranteed=8),
        changes=(Growth(kind="growth", days=1, factor=0.1),),
        ends=NOON + HOUR,
    )
    assert cpus(terms, NOON) == 8


def test_amounts_come_in_our_units_rounded_down() -> None:
    promises = [
        Promise(type="ram", unit="GB", total_limit=1.5),
        Promise(type="disk_size", unit="MB", total_limit=2047, total_guaranteed=1024),
        Promise(type="publicIps", total_limit=3),
        cores(2.5),
        hours(1000),
    ]
    assert quantities(promises, "total", "limit") == Quantities(cpus=2.5, memory=1536, disk=1, public_addresses=3)
    assert quantities(promises, "total", "guaranteed") == Quantities(disk=1)


def test_what_nobody_knows_is_named_and_is_not_mistaken_for_what_has_no_limit() -> None:
    promises = [cores("unknown"), Promise(type="gpus", user_limit="unknown", total_limit=2), hours("unlimited")]
    assert unknown(promises) == ("cpus", "gpus")
    assert quantities(promises, "total", "limit") == Quantities(gpus=2)


amounts = st.one_of(st.none(), st.integers(0, 1000), st.sampled_from(["unlimited", "unknown"]))
moments = st.integers(-50_000, 50_000).map(lambda minutes: NOON + timedelta(minutes=minutes))
clocks = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
targets = st.builds(lambda total, user: cores(total, user_limit=user), amounts, amounts)
periods = st.builds(
    lambda starts, minutes, target: Period(
        kind="period", starts=starts, until=starts + timedelta(minutes=minutes), targets=(target,)
    ),
    moments,
    st.integers(1, 20_000),
    targets,
)
weeks = st.builds(
    lambda starts, until, zone, target: Weekly(
        kind="weekly", days=WEEKENDS, starts=starts, until=until, zone=zone, targets=(target,)
    ),
    clocks,
    clocks,
    st.sampled_from(["UTC", "Europe/Rome", "America/St_Johns", "Australia/Lord_Howe"]),
    targets,
)
shares = st.builds(lambda share: UserShare(kind="user-share", share=share), st.floats(0.01, 1))
growths = st.builds(
    lambda days, factor: Growth(kind="growth", days=days, factor=factor), st.integers(1, 30), st.floats(0.1, 5)
)
terms_that_change = st.builds(
    lambda target, changes: some_terms(target, changes=tuple(changes), ends=NOON + 20 * DAY),
    targets,
    st.lists(st.one_of(periods, weeks, shares, growths), max_size=4),
)


def stated(terms: Terms, name: str) -> list[object]:
    promised = [target for change in terms.changes for target in getattr(change, "targets", ())]
    return [getattr(target, name) for target in (*terms.targets, *promised)]


@given(terms_that_change, moments)
def test_a_limit_is_never_above_what_was_stated_and_may_be_grown(terms: Terms, at: datetime) -> None:
    factors = [max(1.0, change.factor) for change in terms.changes if isinstance(change, Growth)]
    room = 1.0
    for factor in factors:
        room *= factor
    total = cpus(terms, at)
    numbers = [value for value in stated(terms, "total_limit") if isinstance(value, float)]
    assert total is None or total <= max(numbers) * room * 1.000001
    if all(isinstance(value, float) for value in stated(terms, "total_limit")):
        assert total is not None


@given(terms_that_change, moments)
def test_between_two_points_nothing_changes(terms: Terms, at: datetime) -> None:
    point = next_point(terms, at)
    until = point or NOON + 20 * DAY
    if until > at:
        between = [at + (until - at) * share for share in (0.25, 0.5, 0.999)]
        assert {promises_at(terms, moment) for moment in between} == {promises_at(terms, at)}
    assert point is None or point > at


@given(terms_that_change, moments, st.sampled_from([0.1, 1.0]))
def test_a_users_share_is_never_more_than_the_whole(terms: Terms, at: datetime, share: float) -> None:
    last = UserShare(kind="user-share", share=share)
    shared = terms.model_copy(update={"changes": (*terms.changes, last)})
    total, user = cpus(shared, at), cpus(shared, at, "user")
    assert total is None or (user is not None and user <= total)


@pytest.mark.parametrize(("zone", "nights_a_year"), [("UTC", 365), ("Europe/Rome", 364)])
def test_each_point_is_a_change_and_none_is_left_out(zone: str, nights_a_year: int) -> None:
    """In one night in Rome the clocks go from 2 to 3: it has no such hour."""
    nights = Weekly(
        kind="weekly",
        days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        starts=time(2, 30),
        until=time(3, 30),
        zone=zone,
        targets=(cores(100),),
    )
    terms = some_terms(cores(8), changes=(nights,))
    at, changed, last = NOON, 0, cpus(terms, NOON)
    while (point := next_point(terms, at)) is not None and point < NOON + 365 * DAY:
        at, before, last = point, last, cpus(terms, point)
        assert last != before
        changed += 1
    assert changed == 2 * nights_a_year
