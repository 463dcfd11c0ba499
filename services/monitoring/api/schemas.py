"""What readers of the API see."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from pydantic import BaseModel

from shared.contracts.sites import Quantities, SiteObserved


class ObservationView(BaseModel):
    """What a collector saw of a service, when, and how long ago that is."""

    site: str
    service: str
    collector: str
    observed_at: datetime
    age_seconds: float
    available: bool
    latency_ms: float | None
    used: Quantities
    sentence: str

    @classmethod
    def of(cls, observed: SiteObserved, at: datetime) -> Self:
        """As looked at in that moment."""
        age = max(0.0, (at - observed.observed_at).total_seconds())
        return cls(**dict(observed), age_seconds=round(age, 3))


class ObservationsView(BaseModel):
    """The last word of each collector on each service."""

    observations: list[ObservationView]

    @classmethod
    def of(cls, seen: Iterable[SiteObserved], at: datetime) -> Self:
        """As looked at in that moment."""
        return cls(observations=[ObservationView.of(observed, at) for observed in seen])


class SiteView(BaseModel):
    """How a site is doing, and how it did lately, newest first."""

    site: str
    observations: list[ObservationView]
    history: list[ObservationView]
