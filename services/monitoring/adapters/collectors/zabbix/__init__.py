"""What a Zabbix (6.0 and newer) knows of a service, over its JSON-RPC API."""

from collections.abc import Mapping
from datetime import timedelta

from services.monitoring.adapters.collectors.zabbix.collector import Zabbix
from services.monitoring.adapters.collectors.zabbix.items import Entry
from services.monitoring.adapters.reading.access import Settings, read_access
from services.monitoring.adapters.reading.answers import Asking

__all__ = ["Entry", "open_collector"]


def open_collector(settings: Mapping[str, str], *, timeout: timedelta) -> Zabbix:
    """See `ports.OpenCollector`. Raises `access.BadCredentials`."""
    chosen = Settings.model_validate(dict(settings))
    return Zabbix(Asking(timeout, verify=chosen.verify), read_access(chosen.credentials), timeout)
