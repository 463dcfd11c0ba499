"""Probes Chronos: a job that runs once and ends well. Where the operator has an account for the site."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import quote

import httpx
from pydantic import Field
from pydantic import Json as FromJson

from services.monitoring.adapters.lifecycle.accounts import TokenAccount
from services.monitoring.adapters.lifecycle.course import Made, State
from services.monitoring.adapters.lifecycle.probing import HOURLY, ProbeEntry, Prober, ProbeSettings, account_of
from services.monitoring.adapters.lifecycle.web import Answer, Trouble, Web
from services.monitoring.domain.watched import Target
from shared.contracts.topology import Json

NAME = "chronos"
PACE = HOURLY
TYPES = ("eu.indigo-datacloud.chronos", NAME)
ONCE = "R1//PT1M"
GONE = (400, 404)
"""What Chronos answers about a job that it does not have, by version."""


class Entry(ProbeEntry):
    """Nothing more than whether it may cost money."""


class Settings(ProbeSettings):
    """`accounts` is JSON: `site/service`, `site` or `*` → an account. `prefix` is `/v1`, empty for Chronos 2."""

    accounts: FromJson[dict[str, TokenAccount]] = Field(default_factory=dict)
    image: str = "busybox"
    prefix: str = "/v1"


class Chronos:
    """`course.Remote` on Chronos' API. A job has the name we give it, so the mark is its id."""

    def __init__(self, web: Web, endpoint: str, mark: str, account: TokenAccount, settings: Settings) -> None:
        self._web = web
        self._scheduler = f"{endpoint.rstrip('/')}{settings.prefix}/scheduler"
        self._mark = mark
        self._headers = account.headers
        self._image = settings.image

    async def open(self) -> None:
        """Every request says who we are."""

    async def left(self) -> list[str]:
        return [self._mark] if await self.there(self._mark) else []

    async def create(self) -> Made:
        answer = await self._web.ask("POST", f"{self._scheduler}/iso8601", headers=self._headers, json=self._job())
        return Made(self._mark, answer.status)

    async def look(self, thing: str) -> State:
        answer, job = await self._find(thing)
        if job is None:
            raise Trouble("The job is not there any more.", answer.status)
        if int(job.get("successCount", 0)) > 0:
            return State(works=True, status=answer.status)
        failed = int(job.get("errorCount", 0)) > 0
        return State(False if failed else None, answer.status, "The job failed." if failed else "")

    async def delete(self, thing: str) -> int:
        url = f"{self._scheduler}/job/{quote(thing, safe='')}"
        return (await self._web.ask("DELETE", url, headers=self._headers, fine=GONE)).status

    async def there(self, thing: str) -> bool:
        return (await self._find(thing))[1] is not None

    async def _find(self, thing: str) -> tuple[Answer, Json]:
        """The search goes by parts of names, so the right one is picked from what it finds."""
        url = f"{self._scheduler}/jobs/search?name={quote(thing, safe='')}&limit=100"
        answer = await self._web.ask("GET", url, headers=self._headers)
        return answer, next((job for job in answer.body or [] if job.get("name") == thing), None)

    def _job(self) -> Json:
        return {
            "name": self._mark,
            "command": "true",
            "schedule": ONCE,
            "epsilon": "PT10M",
            "retries": 0,
            "cpus": 0.1,
            "mem": 64,
            "disk": 0,
            "container": {"type": "DOCKER", "image": self._image},
            "description": "A probe; it may be deleted.",
        }


def open_collector(
    settings: Mapping[str, str], *, timeout: timedelta, transport: httpx.AsyncBaseTransport | None = None
) -> Prober:
    """See `ports.OpenCollector`."""
    said = Settings.model_validate(dict(settings))

    def remote(web: Web, target: Target, mark: str) -> Chronos | None:
        account = account_of(said.accounts, target) if target.type in TYPES else None
        if account is None:
            return None
        return Chronos(web, target.endpoint, mark, account, said)

    return Prober(NAME, said, remote, timeout=timeout, transport=transport)
