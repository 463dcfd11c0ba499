"""When a site is looked at again: on an interval with jitter, ever more seldom while nothing of it answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

DOUBLINGS = 16


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`interval` between looks at a site that answers, `longest` at one that does not; `jitter`: a share of either."""

    interval: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=5)
    jitter: float = 0.1


def pause(rhythm: Rhythm, failures: int, chance: float) -> timedelta:
    """How long until the next look after so many failures in a row; `chance` in [0, 1) spreads the sites."""
    doubled: timedelta = rhythm.interval * 2 ** min(failures, DOUBLINGS)
    backed_off = min(doubled, max(rhythm.interval, rhythm.longest))
    return backed_off * (1 + rhythm.jitter * (2 * chance - 1))


def failures_after(failures: int, answers: Iterable[bool]) -> int:
    """Failures in a row after one more round: none of the site's services answered. Nothing seen changes nothing."""
    seen = tuple(answers)
    if not seen:
        return failures
    return 0 if any(seen) else failures + 1
