"""Probes the project's simulated cloud: a stack with one machine. Only where a site's file says `simulated: {}`."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import quote

import httpx

from services.monitoring.adapters.lifecycle.course import Made, State
from services.monitoring.adapters.lifecycle.probing import HOURLY, ProbeEntry, Prober, ProbeSettings
from services.monitoring.adapters.lifecycle.web import Web
from services.monitoring.domain.watched import Target

NAME = "simulated"
PACE = HOURLY
STATES = {"ready": True, "failed": False}


class Entry(ProbeEntry):
    """That it stands there is enough."""


class Simulated:
    """`course.Remote` on the cloud's API."""

    def __init__(self, web: Web, endpoint: str, mark: str) -> None:
        self._web = web
        self._stacks = f"{endpoint.rstrip('/')}/stacks"
        self._mark = mark

    async def open(self) -> None:
        """Nobody is asked who they are."""

    async def left(self) -> list[str]:
        answer = await self._web.ask("GET", f"{self._stacks}?tag={quote(self._mark, safe='')}")
        return [str(stack["id"]) for stack in answer.body["stacks"]]

    async def create(self) -> Made:
        answer = await self._web.ask("POST", self._stacks, json={"tag": self._mark, "nodes": {"probe": 1}})
        return Made(str(answer.body["id"]), answer.status)

    async def look(self, thing: str) -> State:
        answer = await self._web.ask("GET", self._stack(thing))
        return State(STATES.get(answer.body["state"]), answer.status, answer.body["sentence"] or "")

    async def delete(self, thing: str) -> int:
        return (await self._web.ask("DELETE", f"{self._stack(thing)}?force=true", fine=(404,))).status

    async def there(self, thing: str) -> bool:
        return (await self._web.ask("GET", self._stack(thing), fine=(404,))).status != httpx.codes.NOT_FOUND

    def _stack(self, thing: str) -> str:
        return f"{self._stacks}/{quote(thing, safe='')}"


def open_collector(
    settings: Mapping[str, str], *, timeout: timedelta, transport: httpx.AsyncBaseTransport | None = None
) -> Prober:
    """See `ports.OpenCollector`."""

    def remote(web: Web, target: Target, mark: str) -> Simulated | None:
        return Simulated(web, target.endpoint, mark) if NAME in target.entries else None

    return Prober(NAME, ProbeSettings.model_validate(dict(settings)), remote, timeout=timeout, transport=transport)
