"""A machine at Nova, as small as can be, with the first network that is the project's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from services.monitoring.adapters.collectors.openstack.keystone import KeystoneAccount, Session, log_in
from services.monitoring.adapters.lifecycle.course import Made, State
from services.monitoring.adapters.lifecycle.web import Trouble, Web
from services.monitoring.domain.watched import Target
from shared.contracts.topology import Json

LABEL = "corale-probe"
STATES = {"ACTIVE": True, "ERROR": False}


@dataclass(frozen=True, slots=True)
class Wishes:
    """Ids of what to take. Without a flavour the smallest of `flavours` (none: of all) with that much memory (MB)."""

    flavour: str | None = None
    image: str | None = None
    network: str | None = None
    flavours: frozenset[str] = frozenset()
    memory: int = 0


class Nova:
    """`course.Remote` on OpenStack."""

    def __init__(self, web: Web, target: Target, mark: str, account: KeystoneAccount, wishes: Wishes) -> None:
        self._web = web
        self._target = target
        self._mark = mark
        self._account = account
        self._wishes = wishes
        self._session = Session("", [], None)
        self._nova = ""

    async def open(self) -> None:
        """Log in. Raises `Trouble` where there is no Nova in the region."""
        self._session = await log_in(self._web, self._target.endpoint, self._account, self._target.region)
        self._nova = self._session.address("compute") or ""
        if not self._nova:
            raise Trouble(f"The catalogue has no public address of Nova in region {self._target.region}.")

    async def left(self) -> list[str]:
        """Names are looked for, and our label decides: a user may call a machine what he likes."""
        servers = (await self._get(f"{self._nova}/servers/detail?name=%5E{quote(self._mark)}%24"))["servers"]
        return [str(one["id"]) for one in servers if one.get("metadata", {}).get(LABEL) == self._mark]

    async def create(self) -> Made:
        server = {
            "name": self._mark,
            "metadata": {LABEL: self._mark},
            "flavorRef": self._wishes.flavour or await self._flavour(),
            "imageRef": self._wishes.image or await self._image(),
            **await self._networks(),
        }
        url = f"{self._nova}/servers"
        answer = await self._web.ask("POST", url, headers=self._session.headers, json={"server": server})
        return Made(str(answer.body["server"]["id"]), answer.status)

    async def look(self, thing: str) -> State:
        answer = await self._web.ask(
            "GET", f"{self._nova}/servers/{quote(thing, safe='')}", headers=self._session.headers
        )
        server = answer.body["server"]
        fault = (server.get("fault") or {}).get("message", "")
        return State(STATES.get(server["status"]), answer.status, str(fault))

    async def delete(self, thing: str) -> int:
        url = f"{self._nova}/servers/{quote(thing, safe='')}"
        return (await self._web.ask("DELETE", url, headers=self._session.headers, fine=(404,))).status

    async def there(self, thing: str) -> bool:
        url = f"{self._nova}/servers/{quote(thing, safe='')}"
        answer = await self._web.ask("GET", url, headers=self._session.headers, fine=(404,))
        return answer.status != httpx.codes.NOT_FOUND

    async def _flavour(self) -> str:
        flavours = (await self._get(f"{self._nova}/flavors/detail"))["flavors"]
        known = [one for one in flavours if one["id"] in self._wishes.flavours] or flavours
        large = [one for one in known if one["ram"] >= self._wishes.memory]
        return _first("flavour", sorted(large, key=lambda one: (one["vcpus"], one["ram"], one["disk"])))

    async def _image(self) -> str:
        glance = self._session.address("image")
        if glance is None:
            raise Trouble("The catalogue has no public address of Glance, and no image is named.")
        base = glance if glance.endswith("/v2") else f"{glance}/v2"
        return _first("image", (await self._get(f"{base}/images?status=active&sort=size:asc&limit=1"))["images"])

    async def _networks(self) -> Json:
        """One of the project's own before a shared one; without Neutron, whatever Nova gives."""
        if self._wishes.network:
            return {"networks": [{"uuid": self._wishes.network}]}
        neutron = self._session.address("network")
        if neutron is None:
            return {}
        base = neutron if neutron.endswith("/v2.0") else f"{neutron}/v2.0"
        found = (await self._get(f"{base}/networks?router:external=false&status=ACTIVE"))["networks"]
        return {"networks": [{"uuid": _first("network", sorted(found, key=lambda one: bool(one.get("shared"))))}]}

    async def _get(self, url: str) -> Json:
        return (await self._web.ask("GET", url, headers=self._session.headers)).body


def _first(what: str, found: Sequence[Json]) -> str:
    if not found:
        raise Trouble(f"There is no {what} for our project.")
    return str(found[0]["id"])
