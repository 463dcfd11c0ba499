"""The Zabbixes we have entered, each once for all who ask."""

import asyncio
from collections import defaultdict

from services.monitoring.adapters.collectors.zabbix.rpc import Door, Expired, Refused, Rpc
from services.monitoring.adapters.reading.access import Access
from shared.contracts.topology import Json
from shared.failures import Transient

LOCKED_OUT = 300.0
"""Seconds until a refused login is tried again: five in a row lock the account."""


class Doors:
    """Logs in when first asked, again when a session has ended, and out at the end."""

    def __init__(self, rpc: Rpc, access: Access) -> None:
        self._rpc = rpc
        self._access = access
        self._open: dict[str, Door] = {}
        self._closed: dict[str, tuple[float, str]] = {}
        self._entering: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def call(self, url: str, method: str, params: dict[str, Json]) -> Json:
        """The result of a method. Raises `Transient`."""
        door = await self._door(url)
        try:
            return await self._rpc.call(url, method, params, door)
        except Expired:
            if self._open.get(url) is door:
                del self._open[url]
        return await self._rpc.call(url, method, params, await self._door(url))

    async def leave(self) -> None:
        """Give all sessions back, where that can be done."""
        for url, door in self._open.items():
            try:
                await self._rpc.leave(url, door)
            except Transient:
                continue
        self._open.clear()

    async def _door(self, url: str) -> Door:
        now = asyncio.get_running_loop().time()
        async with self._entering[url]:
            if url in self._open:
                return self._open[url]
            until, why = self._closed.get(url, (0.0, ""))
            if now < until:
                raise Refused(why)
            try:
                self._open[url] = await self._rpc.enter(url, self._access.to(url))
            except Refused as refusal:
                self._closed[url] = (now + LOCKED_OUT, str(refusal))
                raise
            return self._open[url]
