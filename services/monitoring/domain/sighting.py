"""What was seen of a service by one collector, before it is judged and after."""

from typing import NamedTuple

from services.monitoring.domain.availability import Lane
from services.monitoring.domain.standing import NOTHING_SEEN, Standing
from shared.contracts.sites import SiteObserved


class Sighting(NamedTuple):
    """As it will be told but for the judgement.

    An `event` happened at its time; anything else is a sample, and another one of the same time is the same sample.
    """

    observed: SiteObserved
    event: bool = False

    @property
    def lane(self) -> Lane:
        """Whose view of what it is."""
        return lane_of(self.observed)


class Known(NamedTuple):
    """A collector's last word on a service: as it is kept, how it stands, and as it was told last."""

    observed: SiteObserved
    standing: Standing = NOTHING_SEEN
    told: SiteObserved | None = None

    @property
    def lane(self) -> Lane:
        """Whose view of what it is."""
        return lane_of(self.observed)


def lane_of(observed: SiteObserved) -> Lane:
    """The collector's view that an observation belongs to."""
    return Lane(observed.site, observed.service, observed.collector)


def is_news(before: Known | None, sighting: Sighting) -> bool:
    """Whether something was seen that was not seen before, or only an old sample once more."""
    return before is None or sighting.event or sighting.observed.observed_at > before.observed.observed_at
