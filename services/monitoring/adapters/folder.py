"""`sites/<site>.yaml` of the federation folder: monitoring's part of it. The rest is the cmdb's business.

services:
- id: …
endpoint: …                    # looked at as it is,
monitoring: {probe: /version}  # or with this path behind it; the word `none` means not at all
"""

import asyncio
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.monitoring.domain.watched import Target, Watched
from services.monitoring.ports import Seen
from shared.contracts.sites import ServiceStatus
from shared.contracts.vocabulary import ServiceId, SiteId
from shared.runtime.yaml_files.folder import YamlFolder

UNWATCHED = "none"


class MonitoringEntry(BaseModel):
    """How a service is looked at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    probe: str | None = None

    @model_validator(mode="after")
    def probe_is_a_path(self) -> Self:
        """So that nobody is asked whom the site did not name."""
        if self.probe not in (None, UNWATCHED) and not str(self.probe).startswith("/"):
            raise ValueError(f"found {self.probe!r} as probe; allowed: a path (/health), {UNWATCHED}, or nothing")
        return self


class ServiceEntry(BaseModel):
    """A service as far as monitoring is concerned."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Annotated[str, Field(min_length=1)]
    endpoint: Annotated[str, Field(pattern=r"^https?://[^\s${}]+$")]
    status: ServiceStatus = ServiceStatus.ACTIVE
    monitoring: MonitoringEntry = MonitoringEntry()


class SiteEntry(BaseModel):
    """A site as far as monitoring is concerned."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    services: tuple[ServiceEntry, ...] = ()


class FederationFolder:
    """`ports.Federation` on the `sites` folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = YamlFolder(folder, SiteEntry)

    async def read(self) -> Seen:
        reading = await asyncio.to_thread(self._folder.read)
        return Seen(reading.facts(SiteId, watched), problems=reading.problems, there=reading.there)


def watched(site: SiteId, entry: SiteEntry) -> Watched:
    """What to look at. A removed service is not; neither is one that asks not to be."""
    return Watched(site=site, targets=tuple(_target(service) for service in entry.services if _wanted(service)))


def _wanted(service: ServiceEntry) -> bool:
    return service.status is not ServiceStatus.REMOVED and service.monitoring.probe != UNWATCHED


def _target(service: ServiceEntry) -> Target:
    path = service.monitoring.probe
    url = service.endpoint if path is None else service.endpoint.rstrip("/") + path
    return Target(service=ServiceId(service.id), url=url)
