"""What a Prometheus (or whatever speaks its HTTP API) knows of a service: one instant query for each metric."""

from collections.abc import Mapping
from datetime import timedelta

from services.monitoring.adapters.collectors.prometheus.collector import Prometheus
from services.monitoring.adapters.collectors.prometheus.queries import Entry
from services.monitoring.adapters.reading.access import Settings, read_access
from services.monitoring.adapters.reading.answers import Asking

__all__ = ["Entry", "open_collector"]


def open_collector(settings: Mapping[str, str], *, timeout: timedelta) -> Prometheus:
    """See `ports.OpenCollector`. Raises `access.BadCredentials`."""
    chosen = Settings.model_validate(dict(settings))
    return Prometheus(Asking(timeout, verify=chosen.verify), read_access(chosen.credentials), timeout)
