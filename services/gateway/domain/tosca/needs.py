"""What nodes need of a site: machines, volumes, networks, and how many of each."""

from collections.abc import Mapping
from functools import lru_cache

from services.gateway.domain.tosca.document import as_text
from services.gateway.domain.tosca.functions import Functions
from services.gateway.domain.tosca.model import Draft, Link, NodeDraft
from services.gateway.domain.tosca.types import NOTHING
from services.gateway.domain.tosca.units import gigabytes, megabytes
from shared.contracts.topology import (
    ComputeNeeds,
    ContainerNeeds,
    ImageNeeds,
    Json,
    NetworkKind,
    Scaling,
    TopologyKind,
    VolumeNeeds,
)

COMPUTE = "tosca.nodes.Compute"
MACHINES = (
    COMPUTE,
    "tosca.nodes.Container.Runtime",
    "tosca.nodes.indigo.Container.Runtime.Docker",
    "tosca.nodes.Abstract.Compute",
)
CONTAINER = "tosca.nodes.Container.Application"
RUNTIMES = ("tosca.nodes.Container.Runtime", "tosca.nodes.indigo.Container.Runtime.Docker")
PLACES_FOR_CONTAINERS = (TopologyKind.CONTAINER_SERVICE, TopologyKind.CONTAINER_JOB)
ATTACHES_TO = "tosca.relationships.AttachesTo"
NETWORK = "tosca.nodes.network.Network"
PORT = "tosca.nodes.network.Port"
VOLUMES = ("tosca.nodes.BlockStorage", "tosca.nodes.Storage.BlockStorage")
PUBLIC = "PUBLIC"
MOST = 1e15
"""Nobody has more of anything, and a number that has no end is none."""
Said = Mapping[str, Mapping[str, Json]]
"""What is said of each capability of a node."""


def is_machine(node: NodeDraft) -> bool:
    """Whether the node is something that software runs in."""
    return any(node.type.is_a(name) for name in MACHINES)


def compute_needs(node: NodeDraft, capabilities: Said, public: frozenset[str]) -> ComputeNeeds | None:
    """What one instance of a machine needs at least; `public` are the machines with a port on a public network."""
    if not is_machine(node):
        return None
    host = capabilities.get("host", NOTHING)
    endpoint = capabilities.get("endpoint", NOTHING)
    system = capabilities.get("os", NOTHING)
    texts = ("image", "architecture", "type", "distribution", "version")
    return _needs(
        _number(host.get("num_cpus")),
        _size(host.get("mem_size"), megabytes),
        _size(host.get("disk_size"), gigabytes),
        int(_number(host.get("num_gpus")) or 0),
        _text(host.get("gpu_vendor")),
        _text(host.get("gpu_model")),
        host.get("infiniband_support") is True,
        _text(host.get("instance_type")),
        (
            *(_text(system.get(name)) for name in texts),
            _flag(system.get("gpu_driver")),
            _flag(system.get("cuda_support")),
        ),
        str(endpoint.get("network_name")).upper() == PUBLIC or node.name in public,
    )


def is_place(node: NodeDraft, kind: TopologyKind) -> bool:
    """Whether the node is a container runtime that a site has already: what it needs, its containers say."""
    runtime = any(node.type.is_a(name) for name in RUNTIMES) and not node.type.is_a(COMPUTE)
    return kind in PLACES_FOR_CONTAINERS and runtime and next(node.hosts(), None) is None


def container_host(node: NodeDraft) -> NodeDraft | None:
    """The nearest thing that a container runs in; None for what is no container."""
    if not node.type.is_a(CONTAINER):
        return None
    return next((host for host in node.hosts() if is_machine(host)), None)


def container_needs(image: str | None, host: Mapping[str, Json], secrets: Json) -> ContainerNeeds:
    """What one instance of a container needs; `host` is what is said of the capability that it is hosted by."""
    return ContainerNeeds(
        image=image,
        cpus=_number(host.get("num_cpus")),
        memory=_size(host.get("mem_size"), megabytes),
        gpus=int(_number(host.get("num_gpus")) or 0),
        gpu_vendor=_text(host.get("gpu_vendor")),
        gpu_model=_text(host.get("gpu_model")),
        secrets=bool(secrets),
    )


def count(node: NodeDraft, capabilities: Said) -> int:
    """How many instances are asked for: `count`, else `default_instances`, else one."""
    given = node.capabilities.get("scalable", NOTHING)
    for name in ("count", "default_instances"):
        value = capabilities.get("scalable", NOTHING).get(name)
        if name in given and type(value) is int and value >= 0:
            return value
    return 1


def scaling(node: NodeDraft, capabilities: Said) -> Scaling | None:
    """Between how many instances the node may have, if the template says so."""
    given = node.capabilities.get("scalable")
    if not given or not ("min_instances" in given or "max_instances" in given):
        return None
    said = capabilities.get("scalable", NOTHING)
    least, most = (said.get(name) if name in given else None for name in ("min_instances", "max_instances"))
    least = min(1, count(node, capabilities)) if type(least) is not int or least < 0 else least
    return Scaling(fewest=least, most=most if type(most) is int and most >= 0 else None)


def attachments(draft: Draft) -> dict[str, Link]:
    """By volume, the first relationship that attaches it to something."""
    found: dict[str, Link] = {}
    for node in draft.nodes.values():
        for link in node.links:
            attached = link.relationship is not None and link.relationship.is_a(ATTACHES_TO)
            if attached and link.target is not None:
                found.setdefault(link.target.name, link)
    return found


def volume_needs(functions: Functions, node: NodeDraft, attached: Link | None) -> VolumeNeeds | None:
    """The block storage that a volume node stands for, if its size is known."""
    if not any(node.type.is_a(name) for name in VOLUMES) or "size" not in node.type.properties:
        return None
    size = _size(functions.property(node, "size"), gigabytes)
    if size is None:
        return None
    kind, snapshot = (
        functions.property(node, name) if name in node.type.properties else None for name in ("type", "snapshot_id")
    )
    return VolumeNeeds(
        size=size,
        type=_text(kind),
        snapshot=_text(snapshot),
        mounted_on=attached.source.name if attached else None,
        location=_text(attached.values.get("location")) if attached else None,
        device=_text(attached.values.get("device")) if attached else None,
    )


def network_kind(functions: Functions, node: NodeDraft) -> NetworkKind | None:
    """What a network node is for; private unless it says otherwise."""
    if not node.type.is_a(NETWORK):
        return None
    said = str(functions.property(node, "network_type")).lower()
    if said in tuple(NetworkKind):
        return NetworkKind(said)
    name = str(functions.property(node, "network_name")).upper()
    return NetworkKind.PUBLIC if name == PUBLIC else NetworkKind.PRIVATE


def on_public_network(draft: Draft, functions: Functions) -> frozenset[str]:
    """The machines bound to a port that is linked to a public network."""
    found = set()
    for node in draft.nodes.values():
        if node.type.is_a(PORT):
            machine, network = node.linked("binding"), node.linked("link")
            if machine is not None and network is not None and network_kind(functions, network) is NetworkKind.PUBLIC:
                found.add(machine.name)
    return frozenset(found)


@lru_cache(typed=True)
def _needs(*wanted: Json) -> ComputeNeeds:
    """Needs in the order of their fields, the image's as a tuple. Kept, for most machines of a template are alike."""
    given = dict(zip(ComputeNeeds.model_fields, wanted, strict=True))
    image = dict(zip(ImageNeeds.model_fields, given["image"], strict=True))
    return ComputeNeeds.model_construct(**given | {"image": ImageNeeds.model_construct(**image)})


def _flag(value: Json) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) and 0 <= value <= MOST else None


def _size(value: Json, unit: Json) -> int | None:
    return unit(value) if isinstance(value, str) else None


def _text(value: Json) -> str | None:
    return as_text(value) if isinstance(value, str | int | float) and value != "" else None
