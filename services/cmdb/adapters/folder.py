"""`sites/<site>.yaml` of the federation folder: its format, and how a site is read from it.

Amounts of memory are megabytes, of disk gigabytes; an amount that is not given is unlimited.
"""

import asyncio
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.cmdb.ports import Seen
from shared.contracts.sites import Flavour, Image, Network, OfferedService, Quantities, ServiceStatus, SiteDescribed
from shared.contracts.topology import Json, TopologyKind
from shared.contracts.vocabulary import BackendName, ServiceId, SiteId
from shared.runtime.yaml_files.folder import YamlFolder

STRICT = ConfigDict(frozen=True, extra="forbid")


def address(value: str) -> str:
    """An absolute http address. Raises `ValueError`."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or any(c.isspace() or c in "${}" for c in value):
        raise ValueError(f"found {value!r}; allowed: an http or https address")
    return value


Address = Annotated[str, AfterValidator(address)]
Name = Annotated[str, Field(min_length=1)]


class ImageEntry(Image):
    """See `Image`."""

    model_config = STRICT


class FlavourEntry(Flavour):
    """See `Flavour`."""

    model_config = STRICT


class NetworkEntry(Network):
    """See `Network`."""

    model_config = STRICT


class Amounts(Quantities):
    """See `Quantities`."""

    model_config = STRICT


class ServiceEntry(BaseModel):
    """See `OfferedService`. `monitoring` is the monitoring service's part, which reads and checks it itself."""

    model_config = STRICT

    id: Name
    type: Name
    backend: Name
    kinds: Annotated[tuple[TopologyKind, ...], Field(min_length=1)]
    endpoint: Address
    region: str | None = None
    status: ServiceStatus = ServiceStatus.ACTIVE
    images: tuple[ImageEntry, ...] = ()
    flavours: tuple[FlavourEntry, ...] = ()
    networks: tuple[NetworkEntry, ...] = ()
    quota: Amounts = Amounts()
    settings: dict[str, str] = Field(default_factory=dict)
    monitoring: Json = None

    @model_validator(mode="after")
    def names_each_thing_once(self) -> Self:
        """Two flavours of one id are one too many."""
        for what in ("images", "flavours", "networks"):
            _refuse_twins(what, [thing.id for thing in getattr(self, what)])
        return self


class SiteEntry(BaseModel):
    """See `SiteDescribed`; the file's name is the site's id."""

    model_config = STRICT

    name: Name
    country: Annotated[str, Field(min_length=2, max_length=2)] | None = None
    issuers: tuple[Address, ...] = ()
    services: tuple[ServiceEntry, ...] = ()

    @model_validator(mode="after")
    def names_each_service_once(self) -> Self:
        """Agreements name services by id."""
        _refuse_twins("services", [service.id for service in self.services])
        return self


class FederationFolder:
    """`ports.Federation` on the `sites` folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = YamlFolder(folder, SiteEntry)

    async def read(self) -> Seen:
        reading = await asyncio.to_thread(self._folder.read)
        return Seen(reading.facts(SiteId, described), problems=reading.problems, there=reading.there)


def described(site: SiteId, entry: SiteEntry) -> SiteDescribed:
    """The fact that an entry states."""
    return SiteDescribed(
        site=site,
        name=entry.name,
        country=entry.country,
        issuers=entry.issuers,
        services=tuple(_offered(service) for service in entry.services),
    )


def _offered(entry: ServiceEntry) -> OfferedService:
    return OfferedService(
        id=ServiceId(entry.id),
        type=entry.type,
        backend=BackendName(entry.backend),
        kinds=entry.kinds,
        endpoint=entry.endpoint,
        region=entry.region,
        status=entry.status,
        images=tuple(Image.model_validate(dict(image)) for image in entry.images),
        flavours=tuple(Flavour.model_validate(dict(flavour)) for flavour in entry.flavours),
        networks=tuple(Network.model_validate(dict(network)) for network in entry.networks),
        quota=Quantities.model_validate(dict(entry.quota)),
        settings=entry.settings,
    )


def _refuse_twins(what: str, ids: list[str]) -> None:
    twins = sorted({id for id in ids if ids.count(id) > 1})
    if twins:
        raise ValueError(f"found {', '.join(twins)} more than once in {what}; each id is allowed once")
