"""One reading of an OpenStack region: all projects and fields, each by itself, so that none stops the others."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from pydantic import SecretStr

from services.cmdb.adapters.discovery.client import Client
from services.cmdb.adapters.discovery.openstack.identity import Keystone, region
from services.cmdb.adapters.discovery.openstack.project import (
    Things,
    View,
    flavours,
    images,
    networks,
    quota,
    volume_types,
)
from services.cmdb.adapters.discovery.openstack.settings import Secrets, Settings
from services.cmdb.adapters.discovery.setup import set_up
from services.cmdb.domain.discovered import Found, Target
from shared.contracts.topology import Json
from shared.failures import Failure

FIELDS: Mapping[str, Callable[[View], Awaitable[Things | None]]] = {
    "flavours": flavours,
    "images": images,
    "networks": networks,
    "volume_types": volume_types,
}
NAMES = {"volume_types": "name"}
OWN = ("flavours", "images", "networks")
"""What a project says for itself when it does not see all that the others see."""

Part = Things | dict[str, Json] | None


class OpenStack:
    """See `ports.Discoverer`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def read(self, target: Target, credentials: Mapping[str, SecretStr]) -> Found:
        settings, secrets = set_up(target, credentials, Settings, Secrets)
        async with self._client.open(settings.ca_file) as session:
            keystone = Keystone(session, settings.keystone(target), settings, secrets)
            views = [
                View(session, key, region(key.body, settings.region or target.region), settings)
                for key in await keystone.passes()
            ]
            return _found(views, await asyncio.gather(*(_look(view) for view in views)))


def _found(views: Sequence[View], looks: Sequence[Mapping[str, Part | Failure]]) -> Found:
    unread = {name: str(part) for look in reversed(looks) for name, part in look.items() if isinstance(part, Failure)}
    seen = {
        name: _united(NAMES.get(name, "id"), [look[name] for look in looks]) for name in FIELDS if name not in unread
    }
    document: dict[str, Json] = {name: things for name, things in seen.items() if things is not None}
    if "quota" in unread:
        unread["projects"] = unread["quota"]
    else:
        document["projects"] = [_project(view, look, seen) for view, look in zip(views, looks, strict=True)]
        if len(looks) == 1:
            document["quota"] = looks[0]["quota"]
    return Found(document, unread)


def _united(by: str, parts: Sequence[Part | Failure]) -> Things | None:
    """What all projects see together, ordered by its name, so that the same things always make the same list."""
    lists = [part for part in parts if isinstance(part, list)]
    things = {thing[by]: thing for part in lists for thing in part}
    return [things[name] for name in sorted(things)] if lists else None


def _project(view: View, look: Mapping[str, Part | Failure], seen: Mapping[str, Things | None]) -> dict[str, Json]:
    project = view.key.body.project
    said: dict[str, Json] = {"id": project.id, "name": project.name} if project else {}
    for name in OWN:
        own, everything = look[name], seen.get(name)
        if isinstance(own, list) and everything is not None and 0 < len(own) < len(everything):
            said[name] = sorted(str(thing["id"]) for thing in own)
    return {**said, "quota": look["quota"]}


async def _look(view: View) -> dict[str, Part | Failure]:
    readings = {name: read(view) for name, read in FIELDS.items()}
    parts = await asyncio.gather(*(_tried(reading) for reading in (*readings.values(), quota(view))))
    return dict(zip((*readings, "quota"), parts, strict=True))


async def _tried(reading: Awaitable[Part]) -> Part | Failure:
    try:
        return await reading
    except Failure as failure:
        return failure
