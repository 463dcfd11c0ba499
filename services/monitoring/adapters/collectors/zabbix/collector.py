"""Asks a Zabbix for the last values of a service's items."""

import asyncio
from datetime import timedelta

from pydantic import ValidationError

from services.monitoring.adapters.collectors.zabbix.doors import Doors
from services.monitoring.adapters.collectors.zabbix.items import Entry, meanings
from services.monitoring.adapters.collectors.zabbix.rpc import Rpc
from services.monitoring.adapters.reading.access import Access
from services.monitoring.adapters.reading.answers import Asking, rows
from services.monitoring.adapters.reading.samples import sight
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Sight
from shared.contracts.topology import Json
from shared.failures import Transient

NAME = "zabbix"
API = "/api_jsonrpc.php"
MOST_ITEMS = 2_000
SPREAD = timedelta(hours=1)
"""The INDIGO generation's probes run each ten minutes to each hour, not all at once."""
FIELDS = ["itemid", "key_", "value_type", "units", "lastvalue", "lastclock", "state", "status", "error"]


class Zabbix:
    """`ports.Collector` on as many Zabbixes as site files name."""

    def __init__(self, asking: Asking, access: Access, timeout: timedelta) -> None:
        self._asking = asking
        self._doors = Doors(Rpc(asking), access)
        self._seconds = timeout.total_seconds()
        self._hosts: dict[tuple[str, str, str], str] = {}

    async def collect(self, target: Target) -> Sight | None:
        said = target.entries.get(NAME)
        if said is None:
            return None
        try:
            entry = Entry.model_validate(said)
        except ValidationError:
            raise Transient("what its site's file says of Zabbix cannot be understood") from None
        place = (entry.url.rstrip("/"), entry.group or str(target.site), entry.host or str(target.service))
        try:
            async with asyncio.timeout(self._seconds):
                items = await self._items(place)
        except TimeoutError:
            raise Transient(f"{entry.url} does not answer within {self._seconds:g} s") from None
        return sight(meanings(items, entry.items), source=entry.url, spread=SPREAD)

    async def close(self) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._doors.leave()
        except TimeoutError:
            pass
        await self._asking.close()

    async def _items(self, place: tuple[str, str, str]) -> list[dict[str, Json]]:
        if place not in self._hosts:
            self._hosts[place] = await self._host(*place)
        host = self._hosts[place]
        wanted: dict[str, Json] = {"hostids": [host], "output": FIELDS, "sortfield": "itemid", "limit": MOST_ITEMS}
        items = rows(await self._doors.call(place[0] + API, "item.get", wanted))
        if not items:
            self._hosts.pop(place, None)  # it may be another one by now
        return items

    async def _host(self, url: str, group: str, name: str) -> str:
        wanted: dict[str, Json] = {"filter": {"name": [group]}, "output": ["groupid"]}
        groups = rows(await self._doors.call(url + API, "hostgroup.get", wanted))
        either = {"filter": {"host": [name], "name": [name]}, "searchByAny": True, "monitored_hosts": True}
        ids = [group.get("groupid") for group in groups]
        wanted = {**either, "groupids": ids, "output": ["hostid"]}
        hosts = rows(await self._doors.call(url + API, "host.get", wanted)) if ids else []
        if len(hosts) != 1:
            raise Transient(f"{url} shows us {len(hosts)} hosts by the name {name!r} in the group {group!r}")
        return str(hosts[0].get("hostid"))
