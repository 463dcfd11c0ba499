"""Probes an Infrastructure Manager and the cloud behind it: one machine. Only where a site's file says `im: {…}`."""

import re
from collections.abc import Mapping
from datetime import timedelta

import httpx
from pydantic import Field, SecretStr
from pydantic import Json as FromJson

from services.monitoring.adapters.lifecycle.accounts import Account
from services.monitoring.adapters.lifecycle.course import Made, State
from services.monitoring.adapters.lifecycle.probing import HOURLY, ProbeEntry, Prober, ProbeSettings, account_of
from services.monitoring.adapters.lifecycle.web import Trouble, Web
from services.monitoring.domain.watched import Target
from shared.failures import Transient

NAME = "im"
PACE = HOURLY
DUMMY = "dummy"
WORKS = {"configured": True, "failed": False, "unconfigured": False}
GONE = (404,)
MOST_LOOKED_INTO = 50
IMAGE = re.compile(r"[^'\s\\{}]+")
INFRASTRUCTURE = re.compile(r"[A-Za-z0-9-]+")
RADL = """
network private ()
system probe (
cpu.count = 1 and
memory.size >= 512m and
net_interface.0.connection = 'private' and
disk.0.image.url = '{image}' and
instance_tags = 'CORALE_PROBE={mark}'
)
contextualize ()
deploy probe 1
"""
"""In IM's own language, which any image and any cloud can be said in; nothing is configured on the machine."""


class Entry(ProbeEntry):
    """`url` is the Infrastructure Manager's if it is not the service itself; `image` is what the machine boots."""

    url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    image: str | None = Field(default=None, pattern=r"^[^'\s\\{}]+$")


class ImAccount(Account):
    """`authorization` is the lines of IM's authorization, joined by line breaks."""

    authorization: SecretStr


class Settings(ProbeSettings):
    """`accounts` is JSON: `site/service`, `site` or `*` → an account.

    `url` is the Infrastructure Manager for services that name none. A site of type `dummy` needs no account: there we
    come as a user of the mark's name, whom nobody else is.
    """

    accounts: FromJson[dict[str, ImAccount]] = Field(default_factory=dict)
    url: str | None = Field(default=None, pattern=r"^https?://\S+$")


class Manager:
    """`course.Remote` on IM's API."""

    def __init__(self, web: Web, url: str, mark: str, authorization: str, image: str) -> None:
        self._web = web
        self._infrastructures = f"{url.rstrip('/')}/infrastructures"
        self._mark = mark
        self._headers = {"Authorization": authorization, "Accept": "application/json"}
        self._image = image

    async def open(self) -> None:
        """Every request says who we are."""

    async def left(self) -> list[str]:
        """Those of our account whose machines have our mark."""
        answer = await self._web.ask("GET", self._infrastructures, headers=self._headers)
        listed = [_id(entry["uri"]) for entry in (answer.body or {}).get("uri-list", [])]
        return [thing for thing in listed[:MOST_LOOKED_INTO] if await self._ours(thing)]

    async def create(self) -> Made:
        wanted = RADL.format(mark=self._mark, image=self._image).encode()
        headers = {**self._headers, "Content-Type": "text/plain"}
        url = f"{self._infrastructures}?async=true"
        answer = await self._web.ask("POST", url, headers=headers, content=wanted)
        return Made(_id(answer.body["uri"]), answer.status)

    async def look(self, thing: str) -> State:
        answer = await self._web.ask("GET", f"{self._infrastructures}/{thing}/state", headers=self._headers)
        state = str(answer.body["state"]["state"])
        return State(WORKS.get(state), answer.status, f"The machine is {state}.")

    async def delete(self, thing: str) -> int:
        url = f"{self._infrastructures}/{thing}?force=true"
        return (await self._web.ask("DELETE", url, headers=self._headers, fine=GONE)).status

    async def there(self, thing: str) -> bool:
        url = f"{self._infrastructures}/{thing}/state"
        return (await self._web.ask("GET", url, headers=self._headers, fine=GONE)).status != httpx.codes.NOT_FOUND

    async def _ours(self, thing: str) -> bool:
        """One that is gone meanwhile is not."""
        url = f"{self._infrastructures}/{thing}/radl"
        answer = await self._web.ask("GET", url, headers=self._headers, fine=GONE)
        return answer.status == httpx.codes.OK and f"CORALE_PROBE={self._mark}" in answer.content.decode(
            errors="replace"
        )


def open_collector(
    settings: Mapping[str, str], *, timeout: timedelta, transport: httpx.AsyncBaseTransport | None = None
) -> Prober:
    """See `ports.OpenCollector`."""
    said = Settings.model_validate(dict(settings))

    def remote(web: Web, target: Target, mark: str) -> Manager | None:
        if NAME not in target.entries:
            return None
        entry = Entry.model_validate(target.entries[NAME])
        url = entry.url or said.url or (target.endpoint if target.type == DUMMY else None)
        authorization = _authorization(said, target, mark)
        image = entry.image or next(iter(target.images), None)
        if url is None or authorization is None or image is None:
            return None
        if not IMAGE.fullmatch(image):
            raise Transient(f"the image {image!r:.80} has no name that can be said in IM's language")
        return Manager(web, url, mark, authorization, image)

    return Prober(NAME, said, remote, timeout=timeout, transport=transport)


def _authorization(settings: Settings, target: Target, mark: str) -> str | None:
    account = account_of(settings.accounts, target)
    if account is not None:
        return account.authorization.get_secret_value().replace("\n", "\\n")
    if target.type != DUMMY:
        return None
    return rf"id = im; type = InfrastructureManager; username = {mark}; password = {mark}\nid = dummy; type = Dummy"


def _id(uri: str) -> str:
    """The last part of an infrastructure's address. Raises `Trouble` for one that is none."""
    found = uri.rstrip("/").rpartition("/")[2]
    if not INFRASTRUCTURE.fullmatch(found):
        raise Trouble("The address of an infrastructure cannot be read.")
    return found
