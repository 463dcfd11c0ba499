"""Shares of good observations over a day, a week and a month, from counts by the hour and by the day."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from shared.contracts.sites import Availability
from shared.contracts.vocabulary import ServiceId, SiteId

DAY, WEEK, MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)


class Width(StrEnum):
    """How long one count lasts. Hours serve the day, days the week and the month."""

    HOUR = "hour"
    DAY = "day"


class Lane(NamedTuple):
    """One collector's view of one service."""

    site: SiteId
    service: ServiceId
    collector: str


class Span(NamedTuple):
    """Good ones and all, counted over one stretch of time."""

    good: int
    seen: int

    @property
    def share(self) -> float | None:
        """The share of good ones; nothing seen is `None`."""
        return self.good / self.seen if self.seen else None


class Count(NamedTuple):
    """What a lane gains in one stretch that begins at `start`."""

    lane: Lane
    width: Width
    start: datetime
    span: Span


def counts(verdicts: Iterable[tuple[Lane, datetime, bool]]) -> list[Count]:
    """The verdicts as gains, each lane, width and stretch once, in order."""
    good: Counter[tuple[Lane, Width, datetime]] = Counter()
    seen: Counter[tuple[Lane, Width, datetime]] = Counter()
    for lane, at, verdict in verdicts:
        for width in Width:
            stretch = (lane, width, start_of(at, width))
            seen[stretch] += 1
            good[stretch] += verdict
    return [Count(*stretch, Span(good[stretch], seen[stretch])) for stretch in sorted(seen)]


def start_of(at: datetime, width: Width) -> datetime:
    """When the hour or day (of UTC) began."""
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour if width is Width.HOUR else hour.replace(hour=0)


def availability(day: Span, week: Span, month: Span) -> Availability:
    """The three shares, to a thousandth."""
    return Availability(day=_rounded(day), week=_rounded(week), month=_rounded(month))


def lowest(known: Iterable[Availability]) -> Availability:
    """The lowest share of each span; absent where nobody has one."""
    spans = tuple(known)
    return Availability(
        day=min((span.day for span in spans if span.day is not None), default=None),
        week=min((span.week for span in spans if span.week is not None), default=None),
        month=min((span.month for span in spans if span.month is not None), default=None),
    )


def _rounded(span: Span) -> float | None:
    return None if span.share is None else round(span.share, 3)
