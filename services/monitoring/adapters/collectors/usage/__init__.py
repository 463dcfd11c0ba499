"""What the projects of a service use and may use, as the service itself counts it."""

from collections.abc import Mapping
from datetime import timedelta

from services.monitoring.adapters.collectors.usage.collector import Entry, Usage
from services.monitoring.adapters.reading.access import Settings, read_access
from services.monitoring.adapters.reading.answers import Asking
from services.monitoring.domain.rhythm import Pace

__all__ = ["PACE", "Entry", "open_collector"]

PACE = Pace(every=timedelta(minutes=5), patience=timedelta(seconds=30))
"""Quotas change seldom, and each project is several questions to the cloud."""
LOOK = timedelta(seconds=25)


def open_collector(settings: Mapping[str, str], *, timeout: timedelta) -> Usage:
    """See `ports.OpenCollector`. `timeout` bounds one question, `LOOK` them all. Raises `access.BadCredentials`."""
    chosen = Settings.model_validate(dict(settings))
    return Usage(Asking(timeout, verify=chosen.verify), read_access(chosen.credentials), LOOK)
