"""What a template asks for, compiled once by the gateway and read by everybody else.

Nobody but the gateway parses TOSCA as a language; this model carries all that the others need.
"""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from shared.contracts.vocabulary import Cores, Gigabytes, Megabytes, Value

Json = Any
"""A JSON value. Kept open on purpose: property values are the template author's business."""

Path = tuple[str | int, ...]
"""Where a value stands in the template text: keys and list positions from the root of the document."""


class TopologyKind(StrEnum):
    """What sort of thing a template describes; a site's service says which kinds it takes."""

    INFRASTRUCTURE = "infrastructure"
    CONTAINER_SERVICE = "container-service"
    CONTAINER_JOB = "container-job"
    BATCH_JOB = "batch-job"
    HELM_RELEASE = "helm-release"


class NetworkKind(StrEnum):
    """What a network is for: reachable from outside, reaching out, or neither."""

    PUBLIC = "public"
    PRIVATE = "private"
    ISOLATED = "isolated"


class ImageNeeds(Value):
    """Criteria an image must meet; what is not set does not matter."""

    image: str | None = None
    architecture: str | None = None
    type: str | None = None
    distribution: str | None = None
    version: str | None = None
    gpu_driver: bool | None = None
    cuda_support: bool | None = None


class ComputeNeeds(Value):
    """What one instance of a compute node needs at least."""

    cpus: Cores | None = None
    memory: Megabytes | None = None
    disk: Gigabytes | None = None
    gpus: Annotated[int, Field(ge=0)] = 0
    gpu_vendor: str | None = None
    gpu_model: str | None = None
    infiniband: bool = False
    instance_type: str | None = None
    image: ImageNeeds = ImageNeeds()
    public_address: bool = False


class VolumeNeeds(Value):
    """Block storage that one instance of a node needs. `type` names a site's volume type or its quality of service.

    `mounted_on` is the node it is attached to, `location` where that node sees it.
    """

    size: Gigabytes
    type: str | None = None
    snapshot: str | None = None
    mounted_on: str | None = None
    location: str | None = None
    device: str | None = None


class ContainerNeeds(Value):
    """What one instance of a container needs at least. `image` is the reference a registry knows it by."""

    image: str | None = None
    cpus: Cores | None = None
    memory: Megabytes | None = None
    gpus: Annotated[int, Field(ge=0)] = 0
    gpu_vendor: str | None = None
    gpu_model: str | None = None
    secrets: bool = False


class Scaling(Value):
    """Between how many instances a node may have. An absent `most` is as many as its site allows."""

    fewest: Annotated[int, Field(ge=0)] = 1
    most: Annotated[int, Field(ge=0)] | None = None


class Artifact(Value):
    """A file that belongs to a node. `file` is what the template names: a path, an address, an image, a chart."""

    name: str
    type: str
    file: str
    repository: str | None = None
    deploy_path: str | None = None
    properties: dict[str, Json] = Field(default_factory=dict)


class Operation(Value):
    """One operation of an interface of a node, with its inputs resolved as far as they can be before anything runs."""

    interface: str
    name: str
    implementation: str | None = None
    inputs: dict[str, Json] = Field(default_factory=dict)


class DataService(StrEnum):
    """Who keeps the data that a node reads or writes."""

    ONEDATA = "onedata"
    DYNAFED = "dynafed"
    RUCIO = "rucio"
    OBJECT_STORE = "object-store"
    URL = "url"


class DataNeeds(Value):
    """Data of a node that has a place of its own: a site near it is better, or the only one that will do.

    `at` is who serves it (a oneprovider, an endpoint), `names` what it is called there: spaces, files, scope:name.
    """

    node: str
    service: DataService
    at: str | None = None
    names: tuple[str, ...] = ()
    writes: bool = False


class Job(Value):
    """A node that runs to its end, and the jobs that must have ended well before it begins."""

    node: str
    after: tuple[str, ...] = ()


class Connection(Value):
    """One requirement of a node, resolved to the node that meets it."""

    requirement: str
    target: str
    relationship: str | None = None
    capability: str | None = None
    properties: dict[str, Json] = Field(default_factory=dict)


class Node(Value):
    """One node template: its type with all ancestors (nearest first), its values, and what it needs.

    `count` is how many instances are asked for, `scaling` between how many it may have. Values that only the running
    system knows stay as their TOSCA function.
    """

    name: str
    type: str
    ancestors: tuple[str, ...] = ()
    properties: dict[str, Json] = Field(default_factory=dict)
    capabilities: dict[str, dict[str, Json]] = Field(default_factory=dict)
    connections: tuple[Connection, ...] = ()
    host: str | None = None
    count: Annotated[int, Field(ge=0)] = 1
    compute: ComputeNeeds | None = None
    volume: VolumeNeeds | None = None
    network: NetworkKind | None = None
    container: ContainerNeeds | None = None
    scaling: Scaling | None = None
    artifacts: tuple[Artifact, ...] = ()
    operations: tuple[Operation, ...] = ()
    path: Path = ()


class Output(Value):
    """An output of the topology: an expression that is evaluated when the attributes it reads have arrived.

    A `secret` one is shown to the owner alone.
    """

    name: str
    value: Json = None
    description: str = ""
    secret: bool = False


class PlacementPolicy(Value):
    """A placement wish of the template's author for some of its nodes (none named: for all)."""

    name: str
    type: str
    targets: tuple[str, ...] = ()
    properties: dict[str, Json] = Field(default_factory=dict)


class Topology(Value):
    """A compiled template. `catalogue` is the hash of the type definitions it was compiled against."""

    kind: TopologyKind
    definitions_version: str
    catalogue: str
    nodes: tuple[Node, ...]
    outputs: tuple[Output, ...] = ()
    policies: tuple[PlacementPolicy, ...] = ()
    jobs: tuple[Job, ...] = ()
    data: tuple[DataNeeds, ...] = ()
    inputs: dict[str, Json] = Field(default_factory=dict)
    secret_inputs: tuple[str, ...] = ()
