"""Asks a service for the quota and usage of its projects, each kind of service in its own way."""

import asyncio
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.monitoring.adapters.collectors.usage import kubernetes, openstack
from services.monitoring.adapters.collectors.usage.amounts import together
from services.monitoring.adapters.collectors.usage.projects import Asked, Counted
from services.monitoring.adapters.reading.access import Access
from services.monitoring.adapters.reading.answers import Asking
from services.monitoring.adapters.reading.samples import ADDRESS
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Sight
from shared.failures import Transient

NAME = "usage"
ENOUGH = 0.9
"""The share of the time after which no more is asked, so that what is known by then is told."""
WAYS = {"openstack": openstack.count, "kubernetes": kubernetes.count}


class Entry(BaseModel):
    """What a site's file says of a service under `monitoring.usage`.

    usage:
      kind: openstack                          # or kubernetes
      url: https://cloud.example.org:5000/v3   # Keystone, or the Kubernetes API; absent: the service's endpoint
      projects: [corale]                       # ids or names, or namespaces; absent: the service's, else all we see

    OpenStack: Nova's and Cinder's limits and Neutron's quotas of each project, as an account that has a role there or
    as an application credential, which belongs to one project. Kubernetes: every ResourceQuota without scopes in the
    namespaces, by bearer token; where several bound one thing, the tightest counts. Memory is in MiB, disk in GiB.
    Unlimited (-1) and unknown are both absent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["openstack", "kubernetes"]
    url: Annotated[str, Field(pattern=ADDRESS)] | None = None
    projects: Annotated[tuple[str, ...], Field(max_length=500)] = ()


class Usage:
    """`ports.Collector` on the services' own counts. It cannot tell whether a service works."""

    def __init__(self, asking: Asking, access: Access, patience: timedelta) -> None:
        self._asking = asking
        self._access = access
        self._seconds = patience.total_seconds()

    async def collect(self, target: Target) -> Sight | None:
        said = target.entries.get(NAME)
        if said is None:
            return None
        try:
            entry = Entry.model_validate(said)
        except ValidationError:
            raise Transient("what its site's file says of usage cannot be understood") from None
        url = (entry.url or target.endpoint).rstrip("/")
        login = self._access.to(url)
        if login is None:
            raise Transient(f"there are no credentials for {url}")
        deadline = asyncio.get_running_loop().time() + self._seconds * ENOUGH
        asked = Asked(url, login, entry.projects or target.projects, deadline, target.region)
        try:
            async with asyncio.timeout(self._seconds):
                counted = await WAYS[entry.kind](self._asking, asked)
        except TimeoutError:
            raise Transient(f"{url} does not answer within {self._seconds:g} s") from None
        return _sight(counted, url)

    async def close(self) -> None:
        await self._asking.close()


def _sight(counted: Counted, url: str) -> Sight:
    if not counted.projects:
        raise Transient(f"{url} tells nothing of any project. {counted.missing}".strip())
    number = len(counted.projects)
    return Sight(
        available=None,
        sentence=f"Usage of {number} project{'' if number == 1 else 's'} is known. {counted.missing}".strip(),
        used=together(counted.projects),
        projects=counted.projects,
        source=url,
    )
