"""The part of Nova's, Glance's, Neutron's and Cinder's answers that is read. What is not in it is not looked at."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.contracts.topology import Json

T = TypeVar("T", bound=BaseModel)
LISTS = ("flavors", "images", "networks", "subnets")

Id = Annotated[str, Field(min_length=1, max_length=255)]
Name = Annotated[str, Field(max_length=255)]
Count = Annotated[int, Field(ge=0)]
Limit = Annotated[int, Field(ge=-1)]
"""-1 is unlimited."""


class Link(BaseModel):
    """Where something else is."""

    rel: str
    href: str


class Page(BaseModel, Generic[T]):
    """Some of the things there are, and where there are more. Glance has `next`, the others have links."""

    things: tuple[T, ...]
    links: tuple[Link, ...] = ()
    next: str | None = None

    @model_validator(mode="before")
    @classmethod
    def under_one_name(cls, answer: Json) -> Json:
        """Every service calls its list by what is in it."""
        if not isinstance(answer, dict):
            return answer
        name = next((name for name in LISTS if name in answer), LISTS[0])
        said = {"things": answer.get(name), "links": answer.get(f"{name}_links"), "next": answer.get("next")}
        return {field: value for field, value in said.items() if value is not None}

    @property
    def onward(self) -> str | None:
        """The address of the next page; `None` on the last one."""
        return self.next or next((link.href for link in self.links if link.rel == "next"), None)


class Flavour(BaseModel):
    """A flavour, with its extra specs where Nova is young enough (2.61) and shows them to us."""

    id: Id
    name: Name
    vcpus: Count
    ram: Count
    disk: Count = 0
    disabled: bool = Field(default=False, alias="OS-FLV-DISABLED:disabled")
    extra_specs: dict[str, str] | None = None


class ExtraSpecs(BaseModel):
    """The extra specs of one flavour."""

    extra_specs: dict[str, str]


class Image(BaseModel):
    """An image. Its properties stand beside its fields, under whatever names people chose: see `model_extra`."""

    model_config = ConfigDict(extra="allow")

    id: Id
    name: Name | None = None
    status: str
    os_hidden: bool = False


class Network(BaseModel):
    """A network."""

    id: Id
    name: Name
    external: bool = Field(default=False, alias="router:external")
    shared: bool = False
    admin_state_up: bool = True
    project_id: str | None = None


class Subnet(BaseModel):
    """A range of addresses of a network."""

    id: Id
    network_id: str
    cidr: Annotated[str, Field(max_length=64)]
    ip_version: int = 4


class VolumeType(BaseModel):
    """A volume type."""

    name: Annotated[str, Field(min_length=1, max_length=255)]
    extra_specs: dict[str, str] | None = None


class VolumeTypes(BaseModel):
    """All volume types: Cinder has no pages of them."""

    volume_types: tuple[VolumeType, ...]


class Absolute(BaseModel):
    """Nova's and Cinder's limits of a project; each gives its own."""

    cores: Limit | None = Field(default=None, alias="maxTotalCores")
    ram: Limit | None = Field(default=None, alias="maxTotalRAMSize")
    instances: Limit | None = Field(default=None, alias="maxTotalInstances")
    volumes: Limit | None = Field(default=None, alias="maxTotalVolumes")
    gigabytes: Limit | None = Field(default=None, alias="maxTotalVolumeGigabytes")


class Limits(BaseModel):
    """Limits, as they are wrapped."""

    absolute: Absolute


class LimitsAnswer(BaseModel):
    """Limits, as they are wrapped twice."""

    limits: Limits


class NetworkQuota(BaseModel):
    """Neutron's quota of a project."""

    floatingip: Limit | None = None


class NetworkQuotaAnswer(BaseModel):
    """Neutron's quota, as it is wrapped."""

    quota: NetworkQuota
