"""When a site is looked at again: on an interval with jitter, ever more seldom while nothing of it answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

DOUBLINGS = 16


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`interval` between looks at a site that answers, `longest` at one that does not; `jitter`: a share of either."""

    interval: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=5)
    jitter: float = 0.1


USUAL = Rhythm()


@dataclass(frozen=True, slots=True)
class Pace:
    """What a collector asks for: to look `every` so long, with `patience` for one look, at `room` sites at once.

    Absent is the usual.
    """

    every: timedelta | None = None
    patience: timedelta | None = None
    room: int | None = None


class Outcome(Enum):
    """What came of a look at a service: it answers, it does not, we could not look, or it is no matter of ours."""

    WELL = "well"
    ILL = "ill"
    MISSED = "missed"
    NOTHING = "nothing"


def paced(rhythm: Rhythm, pace: Pace) -> Rhythm:
    """The rhythm of a collector with a pace of its own; what it looks at seldom anyway is not backed off from."""
    return Rhythm(pace.every or rhythm.interval, rhythm.longest, rhythm.jitter)


def pause(rhythm: Rhythm, failures: int, chance: float) -> timedelta:
    """How long until the next look after so many failures in a row; `chance` in [0, 1) spreads the sites."""
    doubled: timedelta = rhythm.interval * 2 ** min(failures, DOUBLINGS)
    backed_off = min(doubled, max(rhythm.interval, rhythm.longest))
    return backed_off * (1 + rhythm.jitter * (2 * chance - 1))


def failures_after(failures: int, outcomes: Iterable[Outcome]) -> int:
    """Failures in a row after one more round. One service that answers is enough; nothing to say changes nothing."""
    met = set(outcomes)
    if Outcome.WELL in met:
        return 0
    return failures + 1 if met & {Outcome.ILL, Outcome.MISSED} else failures


def idle(outcomes: Iterable[Outcome]) -> bool:
    """Whether the collector has nothing to say about any service of the site, so that it may as well come seldom."""
    return set(outcomes) <= {Outcome.NOTHING}
