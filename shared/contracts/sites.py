"""Facts about the federation: what sites offer, who may use them, how they are doing. Compacted topics."""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from shared.contracts.message import Message
from shared.contracts.topology import NetworkKind, TopologyKind
from shared.contracts.vocabulary import (
    AgreementId,
    BackendName,
    Cores,
    Gigabytes,
    Megabytes,
    ServiceId,
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
    cuda_support: bool = False
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
    """A network a site offers."""

    id: str
    name: str
    kind: NetworkKind


class Quantities(Value):
    """Amounts of what can run out. `None` is unknown or unlimited, as the field that holds them says."""

    cpus: Cores | None = None
    memory: Megabytes | None = None
    instances: Annotated[int, Field(ge=0)] | None = None
    disk: Gigabytes | None = None
    gpus: Annotated[int, Field(ge=0)] | None = None
    public_addresses: Annotated[int, Field(ge=0)] | None = None


class ServiceStatus(StrEnum):
    """Whether new work may go to a service."""

    ACTIVE = "active"
    MAINTENANCE = "maintenance"
    LIMITED = "limited"
    REMOVED = "removed"


class OfferedService(Value):
    """A service of a site: what drives it, where it is, and what it has. An absent quota is unlimited."""

    id: ServiceId
    type: str
    backend: BackendName
    kinds: tuple[TopologyKind, ...]
    endpoint: str
    region: str | None = None
    status: ServiceStatus = ServiceStatus.ACTIVE
    images: tuple[Image, ...] = ()
    flavours: tuple[Flavour, ...] = ()
    networks: tuple[Network, ...] = ()
    quota: Quantities = Quantities()
    settings: dict[str, str] = Field(default_factory=dict)


class SiteMessage(Message):
    """Anything told about one site."""

    site: SiteId

    @property
    def key(self) -> str:
        """The site's id."""
        return self.site


class SiteDescribed(SiteMessage):
    """A site as it is from now on, whole. `issuers` are those whose users it lets in."""

    name: str
    country: str | None = None
    issuers: tuple[str, ...] = ()
    services: tuple[OfferedService, ...] = ()


class SiteWithdrawn(SiteMessage):
    """The site is no longer part of the federation."""


class AgreementState(StrEnum):
    """Where an agreement is in its life; whether it is in force follows from state and dates together."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


class AgreementChanged(Message):
    """An agreement between a group and a site as it is from now on, whole. An absent limit is unlimited."""

    agreement: AgreementId
    site: SiteId
    group: str
    issuer: str | None = None
    services: tuple[ServiceId, ...] = ()
    state: AgreementState
    starts: AwareDatetime
    ends: AwareDatetime | None = None
    limits: Quantities = Quantities()
    priority: int = 0

    @property
    def key(self) -> str:
        """The agreement's id."""
        return self.agreement


class SiteObserved(Message):
    """What a collector saw of one service, and when. What was not seen is absent, never zero."""

    site: SiteId
    service: ServiceId
    collector: str
    observed_at: AwareDatetime
    available: bool
    latency_ms: float | None = None
    used: Quantities = Quantities()
    sentence: str = ""

    @property
    def key(self) -> str:
        """Site, service and collector: each collector's last word is kept."""
        return f"{self.site}/{self.service}/{self.collector}"
