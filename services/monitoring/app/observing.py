"""From what a collector says to what may be kept and told: nothing endless, nothing secret, nothing from tomorrow."""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from services.monitoring.domain.sighting import Sighting
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Sight, Step
from shared.contracts.sites import SiteObserved
from shared.contracts.vocabulary import SiteId

MOST_METRICS, MOST_PROJECTS = 2_000, 2_000
LONGEST_NAME, LONGEST_SENTENCE = 120, 500


class Garbage(ValueError):
    """What the collector says is no sight. The text says why."""


def sighted(site: SiteId, target: Target, collector: str, sight: object, now: datetime) -> Sighting:
    """The sight of a target, cleaned. Raises `Garbage`."""
    if not isinstance(sight, Sight):
        raise Garbage(f"a {type(sight).__name__} is no sight")
    if len(sight.metrics) > MOST_METRICS or len(sight.projects) > MOST_PROJECTS:
        raise Garbage(f"{len(sight.metrics)} metrics and {len(sight.projects)} projects of one service are too many")
    if any(len(project.project) > LONGEST_NAME for project in sight.projects):
        raise Garbage(f"a project has a name of more than {LONGEST_NAME} characters")
    if sight.observed_at is not None and sight.observed_at.tzinfo is None:
        raise Garbage("the time of its sample has no zone")
    observed = SiteObserved(
        site=site,
        service=target.service,
        collector=collector,
        observed_at=min(now, sight.observed_at or now),
        available=sight.available,
        source=None if sight.source is None else without_secrets(sight.source),
        latency_ms=_number(sight.latency_ms),
        used=sight.used,
        projects=sight.projects,
        metrics={**_numbers(sight.metrics), **metrics_of(sight.steps)},
        sentence=sight.sentence[:LONGEST_SENTENCE],
    )
    return Sighting(observed)


def metrics_of(steps: Iterable[Step]) -> dict[str, float]:
    """The steps of a probe by the names of federation.md 3.3. What did not happen is absent."""
    found: dict[str, float] = {}
    for step in steps:
        found[f"{step.name}_result"] = float(step.well)
        if step.status is not None:
            found[f"{step.name}_status"] = float(step.status)
        if step.well and step.milliseconds is not None:
            found[f"{step.name}_responseTime"] = step.milliseconds
    return found


def without_secrets(source: str) -> str:
    """An address without user and password; anything else as it is, cut."""
    cut = source[:LONGEST_SENTENCE]
    try:
        parts = urlsplit(cut)
    except ValueError:
        return "an address that cannot be read"
    if "@" not in parts.netloc:
        return cut
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _numbers(metrics: Mapping[str, float]) -> dict[str, float]:
    pairs = ((name[:LONGEST_NAME], _number(value)) for name, value in metrics.items())
    return {name: value for name, value in pairs if value is not None}


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
