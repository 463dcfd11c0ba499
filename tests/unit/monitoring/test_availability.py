from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from services.monitoring.domain.availability import Lane, Span, Width, availability, counts, lowest, start_of
from shared.contracts.sites import Availability
from shared.contracts.vocabulary import ServiceId, SiteId
from tests.support.builders import NOON

LANE = Lane(SiteId("bari"), ServiceId("compute"), "probe")
HALF_PAST = timezone(timedelta(hours=5.5))
TIMES = st.integers(0, 10**8).map(lambda seconds: (NOON + timedelta(seconds=seconds)).astimezone(HALF_PAST))


def test_verdicts_are_counted_by_the_hour_and_by_the_day() -> None:
    seen = [(LANE, NOON, True), (LANE, NOON + timedelta(minutes=59), False), (LANE, NOON + timedelta(hours=1), True)]
    hours = [(count.start.hour, count.span) for count in counts(seen) if count.width is Width.HOUR]
    days = [(count.start, count.span) for count in counts(seen) if count.width is Width.DAY]
    assert hours == [(12, Span(1, 2)), (13, Span(1, 1))]
    assert days == [(NOON.replace(hour=0), Span(2, 3))]


@given(st.lists(st.tuples(st.just(LANE), TIMES, st.booleans())))
def test_nothing_is_lost_and_each_stretch_is_counted_once(seen: list[tuple[Lane, datetime, bool]]) -> None:
    found = counts(seen)
    assert len({(count.lane, count.width, count.start) for count in found}) == len(found)
    for width in Width:
        spans = [count.span for count in found if count.width is width]
        assert sum(span.seen for span in spans) == len(seen)
        assert sum(span.good for span in spans) == sum(verdict for *_, verdict in seen)


@given(TIMES)
def test_a_moment_lies_in_its_hour_and_in_its_day_of_utc(at: datetime) -> None:
    assert timedelta() <= at - start_of(at, Width.HOUR) < timedelta(hours=1)
    assert timedelta() <= at - start_of(at, Width.DAY) < timedelta(days=1)


def test_what_was_never_seen_has_no_share() -> None:
    assert availability(Span(0, 0), Span(1, 3), Span(0, 2)) == Availability(day=None, week=0.333, month=0.0)


def test_the_lowest_share_of_each_span_counts() -> None:
    known = [Availability(day=1.0, week=0.5), Availability(week=0.9, month=0.7), Availability()]
    assert lowest(known) == Availability(day=1.0, week=0.5, month=0.7)
    assert lowest([]) == Availability()
