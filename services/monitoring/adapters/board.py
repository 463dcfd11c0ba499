"""What operators watch: how each service is doing, as Prometheus metrics of this process, within bounds."""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import Metric
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError

from services.monitoring.app.standings import Standings
from services.monitoring.domain.service import ServiceStanding
from shared.contracts.sites import Health, Quantities
from shared.messaging.database import is_passing

log = logging.getLogger(__name__)
EVERY = 15.0
PLACE = ("site", "service")
LANE = (*PLACE, "collector")
WORTH = {Health.HEALTHY: 1.0, Health.DEGRADED: 0.5, Health.UNHEALTHY: 0.0}
FAMILIES = {
    "corale_service_health": ("1 healthy, 0.5 degraded, 0 unhealthy; absent where nobody can tell", PLACE),
    "corale_service_availability": ("Share of good looks over 1d, 7d, 30d", (*PLACE, "span")),
    "corale_observation_available": ("1 if the last look went well, 0 if not; fresh ones only", LANE),
    "corale_observation_age_seconds": ("Age of what a collector saw last", LANE),
    "corale_observation_latency_seconds": ("How long the service took to answer", LANE),
    "corale_lifecycle_result": ("1 if the step of a probe went well, 0 if not", (*LANE, "step")),
    "corale_lifecycle_seconds": ("How long the step of a probe took", (*LANE, "step")),
    "corale_service_used": ("What is used; memory in MB, disk in GB", (*LANE, "resource")),
    "corale_project_used": ("What a project uses; memory in MB, disk in GB", (*LANE, "project", "resource")),
    "corale_project_quota": ("What a project may use; absent is unlimited", (*LANE, "project", "resource")),
    "corale_collector_troubles": ("Sites that a collector cannot look at", ("collector",)),
    "corale_monitoring_omitted_series": ("Series that are left out so that there are not too many", ()),
}
"""Every family, what it says, and its labels."""
Sample = tuple[str, tuple[str, ...], float]


class Board(Collector):
    """Shows at most `room` series about sites; what is left out is counted. What is not known has no series."""

    def __init__(self, standings: Standings, room: int) -> None:
        """Nothing is shown before the first refresh."""
        self._standings = standings
        self._room = room
        self._shown: list[ServiceStanding] = []
        self._troubles: Mapping[str, int] = {}

    async def run(self) -> None:
        """Look into the store every 15 s until cancelled; while it is away the last look is shown, ageing."""
        while True:
            try:
                await self.refresh()
            except (DBAPIError, OSError) as problem:
                if not is_passing(problem):
                    raise
                log.warning("the metrics about sites are old: %s", type(problem).__name__)
            await asyncio.sleep(EVERY)

    async def refresh(self) -> None:
        """Look into the store once."""
        self._shown = await self._standings.services()
        self._troubles = await self._standings.troubles()

    def describe(self) -> Iterable[Metric]:
        """The families, without looking."""
        return [GaugeMetricFamily(name, text, labels=labels) for name, (text, labels) in FAMILIES.items()]

    def collect(self) -> Iterable[Metric]:
        """All families as of now."""
        families = {name: GaugeMetricFamily(name, text, labels=labels) for name, (text, labels) in FAMILIES.items()}
        omitted = 0
        for number, (name, labels, value) in enumerate(self._samples()):
            if number < self._room:
                families[name].add_metric(labels, value)
            else:
                omitted += 1
        for collector, sites in self._troubles.items():
            families["corale_collector_troubles"].add_metric((collector,), sites)
        families["corale_monitoring_omitted_series"].add_metric((), omitted)
        return families.values()

    def _samples(self) -> Iterator[Sample]:
        """Those of all services that matter most come first."""
        for standing in self._shown:
            yield from _of_service(standing)
        for standing in self._shown:
            yield from self._of_lanes(standing)
        for standing in self._shown:
            yield from _of_projects(standing)

    def _of_lanes(self, standing: ServiceStanding) -> Iterator[Sample]:
        at = self._standings.clock()
        for known in (*standing.fresh, *standing.stale):
            lane = tuple(known.lane)
            age = (at - known.observed.observed_at).total_seconds()
            yield "corale_observation_age_seconds", lane, max(0.0, age)
        for known in standing.fresh:
            lane, seen = tuple(known.lane), known.observed
            if seen.available is not None:
                yield "corale_observation_available", lane, float(seen.available)
            if seen.latency_ms is not None:
                yield "corale_observation_latency_seconds", lane, seen.latency_ms / 1000
            for name, value in sorted(seen.metrics.items()):
                yield from _step(lane, name, value)
            for resource, amount in _amounts(seen.used):
                yield "corale_service_used", (*lane, resource), amount


def _of_service(standing: ServiceStanding) -> Iterator[Sample]:
    place = (standing.site, standing.target.service)
    if standing.health is not None:
        yield "corale_service_health", place, WORTH[standing.health]
    shares = standing.availability
    for span, share in (("1d", shares.day), ("7d", shares.week), ("30d", shares.month)):
        if share is not None:
            yield "corale_service_availability", (*place, span), share


def _of_projects(standing: ServiceStanding) -> Iterator[Sample]:
    for known in standing.fresh:
        for project in known.observed.projects:
            labels = (*known.lane, project.project)
            for resource, amount in _amounts(project.used):
                yield "corale_project_used", (*labels, resource), amount
            for resource, amount in _amounts(project.quota):
                yield "corale_project_quota", (*labels, resource), amount


def _step(lane: tuple[str, ...], name: str, value: float) -> Iterator[Sample]:
    step, _, what = name.rpartition("_")
    if step in ("clear", "create", "run", "delete", "trial") and what == "result":
        yield "corale_lifecycle_result", (*lane, step), value
    if step in ("clear", "create", "run", "delete", "trial") and what == "responseTime":
        yield "corale_lifecycle_seconds", (*lane, step), value / 1000


def _amounts(quantities: Quantities) -> Iterator[tuple[str, float]]:
    for resource, amount in quantities:
        if amount is not None:
            yield resource, float(amount)
