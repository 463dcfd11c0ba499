"""A site's record: what the cmdb keeps of a site, checked strictly, and the fact that it states.

The fields are the wire's (see `shared.contracts.sites`) and some that stay here: how the site is laid out and looked
after. Amounts of memory are megabytes, of disk gigabytes; an amount that is not given is unlimited.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.cmdb.domain.service_types import SERVICE_TYPES
from shared.contracts.sites import (
    Flavour,
    IdentityProvider,
    Image,
    Network,
    Project,
    Quantities,
    ServiceStatus,
    VolumeType,
)
from shared.contracts.topology import Json, TopologyKind
from shared.contracts.vocabulary import Principal

STRICT = ConfigDict(frozen=True, extra="forbid")
_TYPES = ", ".join(SERVICE_TYPES)


def address(value: str) -> str:
    """An absolute http address. Raises `ValueError`."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or any(c.isspace() or c in "${}" for c in value):
        raise ValueError(f"found {value!r}; allowed: an http or https address")
    return value


Address = Annotated[str, AfterValidator(address)]
Name = Annotated[str, Field(min_length=1, max_length=512)]
Country = Annotated[str, Field(min_length=2, max_length=2)]
Sentence = Annotated[str, Field(max_length=1000)]


class ImageEntry(Image):
    """See `Image`."""

    model_config = STRICT


class FlavourEntry(Flavour):
    """See `Flavour`."""

    model_config = STRICT


class NetworkEntry(Network):
    """See `Network`."""

    model_config = STRICT


class VolumeTypeEntry(VolumeType):
    """See `VolumeType`."""

    model_config = STRICT


class Amounts(Quantities):
    """See `Quantities`."""

    model_config = STRICT


class ProjectEntry(Project):
    """See `Project`."""

    model_config = STRICT

    quota: Amounts = Amounts()
    user_quota: Amounts = Amounts()


class IdentityProviderEntry(IdentityProvider):
    """See `IdentityProvider`."""

    model_config = STRICT

    issuer: Address


class Owner(Principal):
    """Who may change the record, or a service's part of it. See `Principal`."""

    model_config = STRICT

    issuer: Name
    subject: Name


class Location(BaseModel):
    """Where a region's machines stand. `latitude` and `longitude` are degrees."""

    model_config = STRICT

    site: str | None = None
    country: Country | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None


class Region(BaseModel):
    """A part of a site; its services have its overbooking and bandwidth (Gbit/s) unless they have their own."""

    model_config = STRICT

    location: Location = Location()
    overbooking_cpu: Annotated[float, Field(gt=0)] | None = None
    overbooking_memory: Annotated[float, Field(gt=0)] | None = None
    bandwidth_in: Annotated[float, Field(ge=0)] | None = None
    bandwidth_out: Annotated[float, Field(ge=0)] | None = None


class ServiceRecord(BaseModel):
    """See `OfferedService`. `monitoring` and `discovery` are for those who monitor and discover, who check it.

    `owners` may change this service beside the owners of the site.
    """

    model_config = STRICT

    id: Name
    type: Name
    backend: str = ""
    kinds: tuple[TopologyKind, ...] = ()
    endpoint: Address
    region: str | None = None
    status: ServiceStatus = ServiceStatus.ACTIVE
    status_reason: Sentence | None = None
    status_until: AwareDatetime | None = None
    parent: Name | None = None
    public: bool = False
    credentials_required: bool = False
    gpu_support: bool | None = None
    secrets_support: bool | None = None
    images: tuple[ImageEntry, ...] = ()
    flavours: tuple[FlavourEntry, ...] = ()
    networks: tuple[NetworkEntry, ...] = ()
    volume_types: tuple[VolumeTypeEntry, ...] = ()
    projects: tuple[ProjectEntry, ...] = ()
    quota: Amounts = Amounts()
    rse: str | None = None
    spaces: tuple[str, ...] = ()
    cost_per_core_hour: Annotated[float, Field(ge=0)] | None = None
    overbooking_cpu: Annotated[float, Field(gt=0)] | None = None
    overbooking_memory: Annotated[float, Field(gt=0)] | None = None
    bandwidth_in: Annotated[float, Field(ge=0)] | None = None
    bandwidth_out: Annotated[float, Field(ge=0)] | None = None
    tags: tuple[str, ...] = ()
    unreachable_since: AwareDatetime | None = None
    settings: dict[str, str] = Field(default_factory=dict)
    owners: tuple[Owner, ...] = ()
    monitoring: Json = None
    discovery: Json = None

    @model_validator(mode="after")
    def holds_together(self) -> Self:
        """Each thing is named once, and what deploys has something that drives it, by its own word or by its type."""
        for what in ("images", "flavours", "networks", "projects"):
            _refuse_twins(what, [thing.id for thing in getattr(self, what)])
        _refuse_twins("volume_types", [volume.name for volume in self.volume_types])
        known = SERVICE_TYPES.get(self.type)
        if known is None and "kinds" not in self.model_fields_set:
            raise ValueError(f"found no kinds for the type {self.type}; allowed: kinds, or one of {_TYPES}")
        if self.kinds and not (self.backend or (known and known.backend)):
            raise ValueError("found kinds and no backend; allowed: a backend, or no kinds for what deploys nothing")
        return self


class SiteRecord(BaseModel):
    """See `SiteDescribed`. A `status` of the site holds for all its services. `regions` are by name."""

    model_config = STRICT

    name: Name
    country: Country | None = None
    issuers: tuple[Address, ...] = ()
    services: tuple[ServiceRecord, ...] = ()
    description: Sentence | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    status: ServiceStatus = ServiceStatus.ACTIVE
    status_reason: Sentence | None = None
    status_until: AwareDatetime | None = None
    owners: tuple[Owner, ...] = ()
    support_emails: tuple[str, ...] = ()
    identity_providers: tuple[IdentityProviderEntry, ...] = ()
    regions: dict[str, Region] = Field(default_factory=dict)

    @model_validator(mode="after")
    def holds_together(self) -> Self:
        """Agreements name services by id; a parent is another service of the site, and nobody its own ancestor."""
        _refuse_twins("services", [service.id for service in self.services])
        parents = {service.id: service.parent for service in self.services}
        for service in parents:
            _lineage(service, parents)
        return self


def _refuse_twins(what: str, ids: Sequence[str]) -> None:
    twins = sorted(id for id, times in Counter(ids).items() if times > 1)
    if twins:
        raise ValueError(f"found {', '.join(twins)} more than once in {what}; each id is allowed once")


def _lineage(service: str, parents: Mapping[str, str | None]) -> None:
    seen, above = {service}, parents[service]
    while above is not None:
        if above not in parents or above in seen:
            allowed = ", ".join(sorted(parents.keys() - seen)) or "none"
            raise ValueError(f"found {above} as parent of {service}; allowed: {allowed}")
        seen.add(above)
        above = parents[above]
