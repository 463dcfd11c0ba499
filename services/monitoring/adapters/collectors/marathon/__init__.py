"""Probes Marathon: an app of one small container that sleeps. Where the operator has an account for the site."""

from collections.abc import Mapping
from datetime import timedelta

import httpx
from pydantic import Field
from pydantic import Json as FromJson

from services.monitoring.adapters.lifecycle.accounts import TokenAccount
from services.monitoring.adapters.lifecycle.course import Made, State
from services.monitoring.adapters.lifecycle.probing import HOURLY, ProbeEntry, Prober, ProbeSettings, account_of
from services.monitoring.adapters.lifecycle.web import Web
from services.monitoring.domain.watched import Target
from shared.contracts.topology import Json

NAME = "marathon"
PACE = HOURLY
TYPES = ("eu.indigo-datacloud.marathon", NAME)


class Entry(ProbeEntry):
    """Nothing more than whether it may cost money."""


class Settings(ProbeSettings):
    """`accounts` is JSON: `site/service`, `site` or `*` → an account. `image` is the container's."""

    accounts: FromJson[dict[str, TokenAccount]] = Field(default_factory=dict)
    image: str = "busybox"


class Marathon:
    """`course.Remote` on Marathon's API. An app has the name we give it, so the mark is its id."""

    def __init__(self, web: Web, endpoint: str, mark: str, account: TokenAccount, image: str) -> None:
        self._web = web
        self._apps = f"{endpoint.rstrip('/')}/v2/apps"
        self._mark = mark
        self._headers = account.headers
        self._image = image

    async def open(self) -> None:
        """Every request says who we are."""

    async def left(self) -> list[str]:
        return [self._mark] if await self.there(self._mark) else []

    async def create(self) -> Made:
        answer = await self._web.ask("POST", self._apps, headers=self._headers, json=self._app())
        return Made(self._mark, answer.status)

    async def look(self, thing: str) -> State:
        answer = await self._web.ask("GET", f"{self._apps}/{thing}", headers=self._headers)
        app = answer.body["app"]
        if app.get("tasksRunning", 0) >= 1 and not app.get("deployments"):
            return State(works=True, status=answer.status)
        failure = app.get("lastTaskFailure") or {}
        return State(False if failure else None, answer.status, str(failure.get("message", "")))

    async def delete(self, thing: str) -> int:
        url = f"{self._apps}/{thing}?force=true"
        return (await self._web.ask("DELETE", url, headers=self._headers, fine=(404,))).status

    async def there(self, thing: str) -> bool:
        answer = await self._web.ask("GET", f"{self._apps}/{thing}", headers=self._headers, fine=(404,))
        return answer.status != httpx.codes.NOT_FOUND

    def _app(self) -> Json:
        return {
            "id": f"/{self._mark}",
            "cmd": "sleep 600",
            "cpus": 0.1,
            "mem": 32,
            "instances": 1,
            "container": {"type": "DOCKER", "docker": {"image": self._image, "network": "BRIDGE"}},
            "labels": {"created_by": self._mark},
        }


def open_collector(
    settings: Mapping[str, str], *, timeout: timedelta, transport: httpx.AsyncBaseTransport | None = None
) -> Prober:
    """See `ports.OpenCollector`."""
    said = Settings.model_validate(dict(settings))

    def remote(web: Web, target: Target, mark: str) -> Marathon | None:
        account = account_of(said.accounts, target) if target.type in TYPES else None
        if account is None:
            return None
        return Marathon(web, target.endpoint, mark, account, said.image)

    return Prober(NAME, said, remote, timeout=timeout, transport=transport)
