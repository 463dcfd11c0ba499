"""What readers of the old Zabbix wrapper see of a service: metrics by their old names (federation.md 3.1 to 3.3)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from services.monitoring.domain.service import ServiceStanding
from services.monitoring.domain.sighting import Known
from shared.contracts.sites import SiteObserved

OLD = timedelta(hours=24)
TIME = "%d-%m-%Y%H:%M:%S"
NO_METRIC = "No metric has been collected within the last 24 hours"
UNITS = {"responseTime": "ms", "percent": "%", "secs": "s"}


class Metric(NamedTuple):
    """One metric of one collector. `value` is `None` if it is too old to say anything; then `time` is a sentence."""

    collector: str
    name: str
    key: str
    value: float | None
    time: str
    unit: str


def metrics(standing: ServiceStanding, at: datetime) -> Iterator[Metric]:
    """All metrics that any collector has for the service. What nobody measured is not among them."""
    for known in sorted((*standing.fresh, *standing.stale), key=lambda known: known.observed.collector):
        for name, value in sorted(values(known.observed).items()):
            yield _metric(standing, known, name, value if at - known.observed.observed_at <= OLD else None)


def values(observed: SiteObserved) -> dict[str, float]:
    """What was measured, and the verdict and the latency by the same kind of names, should there be any."""
    found = dict(observed.metrics)
    if observed.available is not None:
        found.setdefault(f"{observed.collector}_result", float(observed.available))
    if observed.latency_ms is not None:
        found.setdefault(f"{observed.collector}_responseTime", observed.latency_ms)
    return found


def unit_of(name: str) -> str:
    """The unit, where the name has one."""
    return UNITS.get(name.rpartition("_")[2], "")


def key_of(observed: SiteObserved, service_type: str, name: str) -> str:
    """The key of a metric: provider, service, type and name."""
    return ".".join(part for part in (observed.site, observed.service, service_type, name) if part)


def clock_of(observed_at: datetime) -> str:
    """A time as the wrapper writes it, in UTC."""
    return observed_at.astimezone(UTC).strftime(TIME)


def _metric(standing: ServiceStanding, known: Known, name: str, value: float | None) -> Metric:
    observed = known.observed
    return Metric(
        collector=observed.collector,
        name=name,
        key=key_of(observed, standing.target.type, name),
        value=value,
        time=NO_METRIC if value is None else clock_of(observed.observed_at),
        unit=unit_of(name),
    )
