"""How a service is doing by all that is known of it: the worst that any collector makes of it which saw it lately."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from services.monitoring.domain.availability import lowest
from services.monitoring.domain.sighting import Known
from services.monitoring.domain.standing import worst
from services.monitoring.domain.watched import Target
from shared.contracts.sites import Availability, Health
from shared.contracts.vocabulary import SiteId


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old an observation may be and still say something of now; some collectors look seldom."""

    usual: timedelta = timedelta(minutes=15)
    seldom: Mapping[str, timedelta] = field(default_factory=dict)

    def stale(self, known: Known, at: datetime) -> bool:
        """Whether it is too old."""
        limit = self.seldom.get(known.observed.collector, self.usual)
        return at - known.observed.observed_at > limit


USUAL_FRESHNESS = Freshness()


class ServiceStanding(NamedTuple):
    """A service and what is known of it. `health` is `None` where nobody with something fresh to say can tell."""

    site: SiteId
    target: Target
    health: Health | None
    availability: Availability
    fresh: tuple[Known, ...]
    stale: tuple[Known, ...]


def stand(site: SiteId, target: Target, known: Iterable[Known], at: datetime, freshness: Freshness) -> ServiceStanding:
    """How the service is doing at that moment."""
    words = tuple(known)
    fresh = tuple(word for word in words if not freshness.stale(word, at))
    judged = tuple(word for word in fresh if word.standing.health is not None)
    return ServiceStanding(
        site=site,
        target=target,
        health=worst(word.standing.health for word in judged),
        availability=lowest(word.observed.availability for word in words),
        fresh=fresh,
        stale=tuple(word for word in words if word not in fresh),
    )
