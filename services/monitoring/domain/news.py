"""What is worth telling: what others would decide differently by, and a sign of life now and then."""

from collections.abc import Mapping
from datetime import timedelta

from shared.contracts.sites import Availability, SiteObserved

SHARE, FACTOR = 0.01, 1.5


def newsworthy(told: SiteObserved | None, now: SiteObserved, heartbeat: timedelta) -> bool:
    """Whether `now` is to be told, `told` being the last that was.

    Words, verdicts, health and amounts count when they differ at all, shares from a hundredth on, times and other
    numbers when they grew or shrank by half.
    """
    if told is None or now.observed_at - told.observed_at >= heartbeat:
        return True
    if _plain(told) != _plain(now):
        return True
    return _shares_moved(told.availability, now.availability) or _numbers_moved(_numbers(told), _numbers(now))


def _plain(seen: SiteObserved) -> SiteObserved:
    numbers: dict[str, object] = {"availability": Availability(), "latency_ms": None, "metrics": {}}
    return seen.model_copy(update={**numbers, "observed_at": None})


def _numbers(seen: SiteObserved) -> dict[str, float]:
    latency = {} if seen.latency_ms is None else {"latency": seen.latency_ms}
    return {**latency, **seen.metrics}


def _numbers_moved(before: Mapping[str, float], after: Mapping[str, float]) -> bool:
    return before.keys() != after.keys() or any(_moved(before[name], after[name]) for name in before)


def _moved(before: float, after: float) -> bool:
    low, high = sorted((abs(before), abs(after)))
    return high > low * FACTOR or (before < 0) != (after < 0)


def _shares_moved(before: Availability, after: Availability) -> bool:
    pairs = ((before.day, after.day), (before.week, after.week), (before.month, after.month))
    return any(
        (a is None) != (b is None) or (a is not None and b is not None and abs(a - b) >= SHARE) for a, b in pairs
    )
