"""What is promised at a given moment, and when that is otherwise next."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import floor
from zoneinfo import ZoneInfo

from services.slam.domain.changes import DAYS, Growth, Period, UserShare, Weekly
from services.slam.domain.promises import SCOPES, UNKNOWN, Promise
from services.slam.domain.terms import Terms
from shared.contracts.sites import Quantities

DAY = timedelta(days=1)


def promises_at(terms: Terms, at: datetime) -> tuple[Promise, ...]:
    """The promises of that moment, in the order in which they were made first."""
    now = {promise.about: promise for promise in terms.targets}
    for change in terms.changes:
        match change:
            case Period() if change.starts <= at < change.until:
                now |= {promise.about: promise for promise in change.targets}
            case Weekly() if any(start <= at < end for start, end in _windows(change, at)):
                now |= {promise.about: promise for promise in change.targets}
            case UserShare():
                now = {about: _shared(promise, change) for about, promise in now.items()}
            case Growth():
                factor = _factor(change, terms.ends, at)
                now = {about: _grown(promise, change, factor) for about, promise in now.items()}
            case _:
                pass
    return tuple(now.values())


def next_point(terms: Terms, at: datetime) -> datetime | None:
    """The first moment after `at`, and before the end, from which on the promises may be others."""
    points = [point for change in terms.changes for point in _points(change, terms.ends, at)]
    return min((point for point in points if point > at and (terms.ends is None or point < terms.ends)), default=None)


def quantities(promises: Sequence[Promise], scope: str, strength: str) -> Quantities:
    """One of the six restrictions of everything that can run out, in our units; absent where it is no number.

    Rounded down: a limit is never higher than agreed, and no more is guaranteed either.
    """
    amounts: dict[str, float] = {}
    for promise in promises:
        value = promise.restriction(scope, strength)
        if promise.kind.quantity and isinstance(value, float):
            amount = value * promise.kind.units[promise.unit]
            amounts[promise.kind.quantity] = amount if promise.kind.quantity == "cpus" else floor(amount)
    return Quantities.model_validate(amounts)


def unknown(promises: Sequence[Promise]) -> tuple[str, ...]:
    """What has a limit that nobody knows: by our names of what can run out, else by its type."""
    limits = {promise: [promise.restriction(scope, "limit") for scope in SCOPES] for promise in promises}
    return tuple(sorted({one.kind.quantity or one.type for one, values in limits.items() if UNKNOWN in values}))


def _shared(promise: Promise, change: UserShare) -> Promise:
    total = promise.total_limit
    if (change.types and promise.type not in change.types) or not isinstance(total, float):
        return promise
    return promise.model_copy(update={"user_limit": min(total, _kept(total * change.share, promise, "user"))})


def _grown(promise: Promise, change: Growth, factor: float) -> Promise:
    if change.types and promise.type not in change.types:
        return promise
    limits = {scope: promise.restriction(scope, "limit") for scope in ("total", "user")}
    grown = {
        f"{scope}_limit": _kept(limit * factor, promise, scope)
        for scope, limit in limits.items()
        if isinstance(limit, float)
    }
    return promise.model_copy(update=grown)


def _kept(amount: float, promise: Promise, scope: str) -> float:
    guaranteed = promise.restriction(scope, "guaranteed")
    whole = float(floor(amount)) if promise.kind.whole else amount
    return max(whole, guaranteed) if isinstance(guaranteed, float) else whole


def _factor(change: Growth, ends: datetime | None, at: datetime) -> float:
    if ends is None:
        return 1.0
    left = min(change.days, max(0, _days_left(ends, at) - 1))
    begun = ends - at <= change.days * DAY
    return 1.0 + (change.factor - 1.0) * (change.days - left) / change.days if begun else 1.0


def _days_left(ends: datetime, at: datetime) -> int:
    return -((at - ends) // DAY)  # a day that has begun counts


def _points(change: Period | Weekly | UserShare | Growth, ends: datetime | None, at: datetime) -> Iterator[datetime]:
    match change:
        case Period():
            yield from (change.starts, change.until)
        case Weekly():
            for window in _windows(change, at):
                yield from window
        case Growth() if ends is not None:
            yield ends - DAY * min(change.days, max(1, _days_left(ends, at) - 1))
        case _:
            pass


def _windows(change: Weekly, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Its windows from the day before yesterday until the same day of next week, in UTC."""
    zone = ZoneInfo(change.zone)
    today = at.astimezone(zone).date()
    for ahead in range(-2, 9):
        day = today + timedelta(days=ahead)
        if DAYS[day.weekday()] not in change.days:
            continue
        last = day if change.until > change.starts else day + timedelta(days=1)
        start = datetime.combine(day, change.starts, zone).astimezone(UTC)
        end = datetime.combine(last, change.until, zone).astimezone(UTC)
        if start < end:
            yield start, end
