"""The part of the API server's answers that is read."""

from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, Field

from services.cmdb.adapters.discovery.kubernetes.quantities import quantity
from shared.contracts.topology import Json

T = TypeVar("T", bound=BaseModel)
Name = Annotated[str, Field(min_length=1, max_length=253)]


def _quantity(value: Json) -> Json:
    return quantity(str(value)) if isinstance(value, str | int) else value


Quantity = Annotated[Decimal, BeforeValidator(_quantity)]
Resources = dict[str, Quantity]


class Metadata(BaseModel):
    """What a thing is called."""

    name: Name
    namespace: str = ""


class Condition(BaseModel):
    """How a node is in one respect."""

    type: str
    status: str


class NodeSpec(BaseModel):
    """What is wanted of a node."""

    unschedulable: bool = False


class NodeStatus(BaseModel):
    """How a node is."""

    allocatable: Resources = Field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()


class Node(BaseModel):
    """A node."""

    metadata: Metadata
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()

    @property
    def takes_work(self) -> bool:
        """Whether anything would be placed there now."""
        ready = any(condition.type == "Ready" and condition.status == "True" for condition in self.status.conditions)
        return ready and not self.spec.unschedulable


class StorageClass(BaseModel):
    """A storage class."""

    metadata: Metadata


class QuotaSpec(BaseModel):
    """What a namespace may have."""

    hard: Resources = Field(default_factory=dict)


class ResourceQuota(BaseModel):
    """One of a namespace's quotas. With a scope it is about some of its pods only."""

    metadata: Metadata
    spec: QuotaSpec = QuotaSpec()


class ListMetadata(BaseModel):
    """Where a list goes on."""

    onward: str = Field(default="", alias="continue")


class Page(BaseModel, Generic[T]):
    """Some of the things there are. A list of nothing may be null."""

    metadata: ListMetadata = ListMetadata()
    items: tuple[T, ...] | None
