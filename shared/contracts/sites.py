"""Facts about the federation: what sites offer, who may use them, how they are doing. Compacted topics."""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from shared.contracts.message import Message
from shared.contracts.topology import NetworkKind, TopologyKind
from shared.contracts.vocabulary import (
    BackendName,
    Cores,
    Gigabytes,
    Megabytes,
    Principal,
    ServiceId,
    Share,
    SiteId,
    Value,
)


class Image(Value):
    """A machine image a site offers."""

    id: str
    name: str
    architecture: str | None = None
    type: str | None = None
    distribution: str | None = None
    version: str | None = None
    gpu_driver: bool = False
    gpu_driver_version: str | None = None
    cuda_support: bool = False
    cuda_version: str | None = None
    cudnn_version: str | None = None
    user: str | None = None


class Flavour(Value):
    """A size of machine a site offers."""

    id: str
    name: str
    cpus: Cores
    memory: Megabytes
    disk: Gigabytes = 0
    gpus: Annotated[int, Field(ge=0)] = 0
    gpu_vendor: str | None = None
    gpu_model: str | None = None
    infiniband: bool = False


class Network(Value):
    """A network a site offers. The proxy is how a private one is reached from outside."""

    id: str
    name: str
    kind: NetworkKind
    cidr: str | None = None
    proxy_host: str | None = None
    proxy_user: str | None = None


class VolumeType(Value):
    """A kind of block storage a site offers, with the quality of service it is asked for by."""

    name: str
    quality: str | None = None


class Quantities(Value):
    """Amounts of what can run out. `None` is unknown or unlimited, as the field that holds them says."""

    cpus: Cores | None = None
    memory: Megabytes | None = None
    instances: Annotated[int, Field(ge=0)] | None = None
    disk: Gigabytes | None = None
    gpus: Annotated[int, Field(ge=0)] | None = None
    public_addresses: Annotated[int, Field(ge=0)] | None = None
    volumes: Annotated[int, Field(ge=0)] | None = None


class Project(Value):
    """A tenant of a service: which groups work in it, and what it has of its own.

    No images, flavours or networks named: all of the service's. An absent quota is unlimited; `user_quota` is each
    user's share of it.
    """

    id: str
    name: str
    groups: tuple[str, ...] = ()
    quota: Quantities = Quantities()
    user_quota: Quantities = Quantities()
    images: tuple[str, ...] = ()
    flavours: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


class IdentityProvider(Value):
    """An issuer whose users a site lets in, and what the site calls it."""

    issuer: str
    name: str | None = None
    protocol: str = "oidc"
    audience: str | None = None


class ServiceStatus(StrEnum):
    """Whether new work may go to a service."""

    ACTIVE = "active"
    MAINTENANCE = "maintenance"
    LIMITED = "limited"
    REMOVED = "removed"


class OfferedService(Value):
    """A service of a site: what drives it, where it is, and what it has. An absent quota is unlimited.

    Without `kinds` nothing is deployed there, and `backend` is empty: it stores data, or it is the parent of others.
    `credentials_required`: only those who name an agreement and have an account of their own there are let in.
    `unreachable_since`: since when it could not be read; what is said of it is from before. `overbooking_*` is how many
    times over the real thing is given out, `bandwidth_*` is in Gbit/s.
    """

    id: ServiceId
    type: str
    backend: BackendName
    kinds: tuple[TopologyKind, ...]
    endpoint: str
    region: str | None = None
    status: ServiceStatus = ServiceStatus.ACTIVE
    parent: ServiceId | None = None
    public: bool = False
    credentials_required: bool = False
    gpu_support: bool | None = None
    secrets_support: bool | None = None
    images: tuple[Image, ...] = ()
    flavours: tuple[Flavour, ...] = ()
    networks: tuple[Network, ...] = ()
    volume_types: tuple[VolumeType, ...] = ()
    projects: tuple[Project, ...] = ()
    quota: Quantities = Quantities()
    rse: str | None = None
    spaces: tuple[str, ...] = ()
    cost_per_core_hour: Annotated[float, Field(ge=0)] | None = None
    overbooking_cpu: Annotated[float, Field(gt=0)] = 1.0
    overbooking_memory: Annotated[float, Field(gt=0)] = 1.0
    bandwidth_in: Annotated[float, Field(ge=0)] | None = None
    bandwidth_out: Annotated[float, Field(ge=0)] | None = None
    tags: tuple[str, ...] = ()
    unreachable_since: AwareDatetime | None = None
    settings: dict[str, str] = Field(default_factory=dict)


class SiteMessage(Message):
    """Anything told about one site."""

    site: SiteId

    @property
    def key(self) -> str:
        """The site's id."""
        return self.site


class SiteDescribed(SiteMessage):
    """A site as it is from now on, whole. `issuers` are those whose users it lets in; `identity_providers` says how.

    `owners` may speak for the site. `latitude` and `longitude` are degrees.
    """

    name: str
    country: str | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    owners: tuple[Principal, ...] = ()
    issuers: tuple[str, ...] = ()
    identity_providers: tuple[IdentityProvider, ...] = ()
    services: tuple[OfferedService, ...] = ()


class SiteWithdrawn(SiteMessage):
    """The site is no longer part of the federation."""


class Health(StrEnum):
    """How a service is doing, judged over several observations so that one bad minute does not count as an outage."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


class Availability(Value):
    """The share of good observations of the last day, week and month; absent where there was none."""

    day: Share | None = None
    week: Share | None = None
    month: Share | None = None


class ProjectUsage(Value):
    """What is used and allowed in one project of a service, as the service itself counts it."""

    project: str
    used: Quantities = Quantities()
    quota: Quantities = Quantities()


class SiteObserved(Message):
    """What a collector saw of one service, and when. What was not seen is absent, never zero.

    `available` is this observation alone, absent where it could not tell; `health` is the judgement over the last ones.
    `source` is where it was read, without secrets.
    `metrics` are numbers by the names of the INDIGO generation (`create_responseTime`, …).
    """

    site: SiteId
    service: ServiceId
    collector: str
    observed_at: AwareDatetime
    available: bool | None = None
    health: Health | None = None
    availability: Availability = Availability()
    source: str | None = None
    latency_ms: float | None = None
    used: Quantities = Quantities()
    projects: tuple[ProjectUsage, ...] = ()
    metrics: dict[str, float] = Field(default_factory=dict)
    sentence: str = ""

    @property
    def key(self) -> str:
        """Site, service and collector: each collector's last word is kept."""
        return f"{self.site}/{self.service}/{self.collector}"
