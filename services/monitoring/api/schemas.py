"""What readers of the API see."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from services.monitoring.domain.service import ServiceStanding
from services.monitoring.ports import Switch, Trouble
from shared.contracts.sites import Availability, Health, ProjectUsage, Quantities, SiteObserved
from shared.contracts.vocabulary import Principal


class ObservationView(BaseModel):
    """What a collector saw of a service, when, where it read it, and how long ago that is.

    `available` is `null` where the collector cannot tell; `stale` is what says nothing of now any more.
    """

    site: str
    service: str
    collector: str
    observed_at: datetime
    age_seconds: float
    available: bool | None
    health: Health | None
    availability: Availability
    source: str | None
    latency_ms: float | None
    used: Quantities
    projects: tuple[ProjectUsage, ...]
    metrics: dict[str, float]
    sentence: str
    stale: bool = False

    @classmethod
    def of(cls, observed: SiteObserved, at: datetime, *, stale: bool = False) -> Self:
        """As looked at in that moment."""
        age = max(0.0, (at - observed.observed_at).total_seconds())
        return cls(**dict(observed), age_seconds=round(age, 3), stale=stale)


class ObservationsView(BaseModel):
    """What collectors said."""

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


class ServiceView(BaseModel):
    """How a service is doing. `health` is the worst that a collector with something fresh to say makes of it.

    `availability` is the lowest share of good looks that any collector counted; `null` is not known.
    """

    site: str
    service: str
    type: str
    endpoint: str
    region: str | None
    health: Health | None
    availability: Availability
    observations: list[ObservationView]

    @classmethod
    def of(cls, standing: ServiceStanding, at: datetime) -> Self:
        """As looked at in that moment."""
        views = [
            *(ObservationView.of(known.observed, at) for known in standing.fresh),
            *(ObservationView.of(known.observed, at, stale=True) for known in standing.stale),
        ]
        return cls(
            site=standing.site,
            service=standing.target.service,
            type=standing.target.type,
            endpoint=standing.target.endpoint or standing.target.url,
            region=standing.target.region,
            health=standing.health,
            availability=standing.availability,
            observations=sorted(views, key=lambda view: view.collector),
        )


class ServicesView(BaseModel):
    """Services, by site and id."""

    services: list[ServiceView]


class SiteStandingView(BaseModel):
    """How a site is doing: the worst health of its services, where any is known."""

    site: str
    health: Health | None
    services: list[ServiceView]


class SitesView(BaseModel):
    """Sites, by id."""

    sites: list[SiteStandingView]


class TroubleView(BaseModel):
    """Why a collector cannot look at a site, how often it has failed in a row, and when it will try again."""

    site: str
    collector: str
    sentence: str
    failures: int
    next_at: datetime

    @classmethod
    def of(cls, trouble: Trouble) -> Self:
        """From the store."""
        return cls(**trouble._asdict())


class TroublesView(BaseModel):
    """What cannot be looked at; nothing means that all looks succeed, whatever they see."""

    troubles: list[TroubleView]


class TurnCollector(BaseModel):
    """Whether a collector is to look at a service, and why."""

    enabled: bool
    reason: str = Field(default="", max_length=500)


class SwitchView(BaseModel):
    """Somebody turned a collector on or off."""

    collector: str
    enabled: bool
    reason: str
    by: Principal
    at: datetime

    @classmethod
    def of(cls, switch: Switch) -> Self:
        """From the store."""
        return cls(
            collector=switch.lane.collector, enabled=switch.enabled, reason=switch.reason, by=switch.by, at=switch.at
        )


class SwitchesView(BaseModel):
    """All collectors with whether they are on, and everything that was ever said about it, newest first."""

    collectors: dict[str, bool]
    history: list[SwitchView]
