"""`sites/<site>.yaml` of the federation folder: monitoring's part of it. The rest is the cmdb's business.

services:
- id: …
endpoint: …                    # looked at as it is,
monitoring: {probe: /version}  # or with this path behind it; the word `none` means not at all
                               # and whatever collectors want to know, each under its own name
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import GenericAlias
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from services.monitoring.domain.watched import Target, Watched
from services.monitoring.ports import Seen
from shared.contracts.sites import ServiceStatus
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId, SiteId
from shared.runtime.yaml_files.folder import YamlFolder

UNWATCHED = "none"


class MonitoringEntry(BaseModel):
    """How a service is looked at. Each collector that has an `Entry` has a field of its own here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    probe: str | None = None

    @model_validator(mode="after")
    def probe_is_a_path(self) -> Self:
        """So that nobody is asked whom the site did not name."""
        if self.probe not in (None, UNWATCHED) and not str(self.probe).startswith("/"):
            raise ValueError(f"found {self.probe!r} as probe; allowed: a path (/health), {UNWATCHED}, or nothing")
        return self


class NamedEntry(BaseModel):
    """An image, flavour, network or project as far as monitoring is concerned; sizes order flavours."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    name: str = ""
    cpus: float = 0
    memory: float = 0
    disk: float = 0
    gpus: float = 0


class ServiceEntry(BaseModel):
    """A service as far as monitoring is concerned."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Annotated[str, Field(min_length=1)]
    endpoint: Annotated[str, Field(pattern=r"^https?://[^\s${}]+$")]
    type: str = ""
    backend: str = ""
    region: str | None = None
    status: ServiceStatus = ServiceStatus.ACTIVE
    public: bool = False
    images: tuple[NamedEntry, ...] = ()
    flavours: tuple[NamedEntry, ...] = ()
    networks: tuple[NamedEntry, ...] = ()
    projects: tuple[NamedEntry, ...] = ()
    settings: dict[str, str] = Field(default_factory=dict)
    monitoring: MonitoringEntry = MonitoringEntry()


class SiteEntry(BaseModel):
    """A site as far as monitoring is concerned."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    services: tuple[ServiceEntry, ...] = ()


def site_entry(collectors: Mapping[str, type[BaseModel]]) -> type[SiteEntry]:
    """The format with what those collectors want to know."""
    fields: dict[str, Json] = {name: (entry | None, None) for name, entry in collectors.items()}
    monitoring = create_model("MonitoringEntry", __base__=MonitoringEntry, **fields)
    service = create_model("ServiceEntry", __base__=ServiceEntry, monitoring=(monitoring, monitoring()))
    services: dict[str, Json] = {"services": (GenericAlias(tuple, (service, ...)), ())}
    return create_model("SiteEntry", __base__=SiteEntry, **services)


class FederationFolder:
    """`ports.Federation` on the `sites` folder; `collectors` are the entries that may stand under `monitoring`."""

    def __init__(self, folder: Path, collectors: Mapping[str, type[BaseModel]] | None = None) -> None:
        self._folder = YamlFolder(folder, site_entry(collectors or {}))

    async def read(self) -> Seen:
        reading = await asyncio.to_thread(self._folder.read)
        return Seen(reading.facts(SiteId, watched), problems=reading.problems, there=reading.there)


def watched(site: SiteId, entry: SiteEntry) -> Watched:
    """What to look at. A removed service is not; neither is one that asks not to be."""
    targets = tuple(_target(site, service) for service in entry.services if _wanted(service))
    silent = tuple(ServiceId(service.id) for service in entry.services if not _wanted(service))
    return Watched(site=site, targets=targets, silent=silent)


def _wanted(service: ServiceEntry) -> bool:
    return service.status is not ServiceStatus.REMOVED and service.monitoring.probe != UNWATCHED


def _target(site: SiteId, service: ServiceEntry) -> Target:
    path = service.monitoring.probe
    said = service.monitoring.model_dump(mode="json", exclude={"probe"}, exclude_unset=True)
    return Target(
        service=ServiceId(service.id),
        url=service.endpoint if path is None else service.endpoint.rstrip("/") + path,
        site=site,
        type=service.type,
        backend=service.backend,
        endpoint=service.endpoint,
        region=service.region,
        public=service.public,
        vouched=True,
        projects=tuple(project.name or project.id for project in service.projects),
        flavours=tuple(flavour.id for flavour in sorted(service.flavours, key=_size)),
        images=tuple(image.id for image in service.images),
        networks=tuple(network.id for network in service.networks),
        settings=service.settings,
        entries={name: entry for name, entry in said.items() if entry is not None},
    )


def _size(flavour: NamedEntry) -> tuple[float, float, float, float, str]:
    return (flavour.gpus, flavour.cpus, flavour.memory, flavour.disk, flavour.id)
