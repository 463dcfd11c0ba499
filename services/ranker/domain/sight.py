"""What was seen of a service, of all that its collectors say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from services.ranker.domain.amounts import DIMENSIONS, row_of
from services.ranker.domain.columns import Floats
from shared.contracts.sites import Availability, Health, Quantities, SiteObserved

NO_QUANTITIES = Quantities()
NO_AVAILABILITY = Availability()
SEEN = ("available", "at", "health", "week", *DIMENSIONS, *(f"project_{name}" for name in DIMENSIONS))
AVAILABLE, AT, HEALTH, WEEK = range(4)
USED = slice(4, 4 + len(DIMENSIONS))
PROJECT_USED = slice(4 + len(DIMENSIONS), 4 + 2 * len(DIMENSIONS))
UNSEEN: Floats = np.full(len(SEEN), np.nan)
HEALTHS = {Health.HEALTHY: 1.0, Health.DEGRADED: 0.5, Health.UNHEALTHY: 0.0}


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a service last, by whichever collector; `used` is from the last one that could count.

    `health` and `availability` are from the last one that judges. `collector` and `at` are of the last one that could
    tell whether it is available; where none could, of the last one that looked.
    """

    available: bool | None
    collector: str
    at: datetime
    used: Quantities | None = None
    used_at: datetime | None = None
    health: Health | None = None
    availability: Availability = NO_AVAILABILITY


def sight_of(words: Mapping[str, SiteObserved]) -> Sight:
    """The sight of a service, of each collector's last word; there is at least one."""
    newest = _newest(word for word in words.values() if word.available is not None) or max(
        words.values(), key=_freshness
    )
    counts = _newest(word for word in words.values() if word.used != NO_QUANTITIES or word.projects)
    judges = _newest(word for word in words.values() if word.health is not None)
    rates = _newest(word for word in words.values() if word.availability != NO_AVAILABILITY)
    return Sight(
        available=newest.available,
        collector=newest.collector,
        at=newest.observed_at,
        used=counts.used if counts else None,
        used_at=counts.observed_at if counts else None,
        health=judges.health if judges else None,
        availability=rates.availability if rates else NO_AVAILABILITY,
    )


def sight_row(words: Mapping[str, SiteObserved], project: str | None) -> Floats:
    """The same as numbers, in the order of `SEEN`; what was not seen is not a number."""
    sight = sight_of(words)
    row = UNSEEN.copy()
    row[AVAILABLE] = np.nan if sight.available is None else sight.available
    row[AT] = sight.at.timestamp()
    row[HEALTH] = np.nan if sight.health is None else HEALTHS[sight.health]
    row[WEEK] = np.nan if sight.availability.week is None else sight.availability.week
    if sight.used is not None:
        row[USED] = row_of(sight.used, np.nan)
    if project is not None:
        counts = _newest(word for word in words.values() if any(one.project == project for one in word.projects))
        if counts is not None:
            used = next(one.used for one in counts.projects if one.project == project)
            row[PROJECT_USED] = row_of(used, np.nan)
    return row


def _newest(words: Iterable[SiteObserved]) -> SiteObserved | None:
    return max(words, key=_freshness, default=None)


def _freshness(seen: SiteObserved) -> tuple[datetime, str]:
    return (seen.observed_at, seen.collector)
