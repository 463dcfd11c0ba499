"""The virtual machines of an infrastructure, from IM's description of each to our progress and resources."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.contracts.topology import Json, Node, Topology
from shared.contracts.trials import NodeProgress, Resource
from shared.contracts.vocabulary import NodeState

STATES: Mapping[str, NodeState] = {
    "pending": NodeState.CREATING,
    "running": NodeState.CONFIGURING,
    "configured": NodeState.STARTED,
    "unconfigured": NodeState.ERROR,
    "failed": NodeState.ERROR,
    "stopped": NodeState.STOPPED,
    "off": NodeState.STOPPED,
    "deleting": NodeState.DELETING,
    "unknown": NodeState.CREATING,
}

FURTHEST_FROM_GOOD = (
    NodeState.ERROR,
    NodeState.DELETING,
    NodeState.STOPPED,
    NodeState.CREATING,
    NodeState.CONFIGURING,
    NodeState.STARTED,
)

SHOWN = ("cpu.count", "memory.size", "instance_type", "instance_id", "disk.0.image.url", "provider.type", "state")
"""Features of a machine that are worth telling; credentials are not among them."""

ADDRESS = re.compile(r"net_interface\.(\d+)\.ip")


@dataclass(frozen=True, slots=True)
class Machine:
    """One virtual machine: its number at IM, the node it stands for, and what may be shown of it."""

    number: str
    node: str
    attributes: dict[str, Json] = field(default_factory=dict)


def machine(number: str, radl: Json) -> Machine:
    """From the JSON of `GET …/vms/<number>`."""
    parts = [part for part in radl if isinstance(part, dict)] if isinstance(radl, list) else []
    system: dict[str, Json] = next((part for part in parts if part.get("class") == "system"), {})
    public = {part.get("id") for part in parts if part.get("class") == "network" and part.get("outbound") == "yes"}
    addresses: dict[str, list[Json]] = {"private_address": [], "public_address": []}
    for key, value in sorted(system.items()):
        if interface := ADDRESS.fullmatch(key):
            network = system.get(f"net_interface.{interface.group(1)}.connection")
            addresses["public_address" if network in public else "private_address"].append(value)
    shown = {key: system[key] for key in SHOWN if key in system}
    return Machine(number, str(system.get("id", "")), shown | {key: value for key, value in addresses.items() if value})


def computes(topology: Topology) -> list[Node]:
    """The nodes that become machines."""
    return [node for node in topology.nodes if node.compute is not None]


def progress(
    topology: Topology, states: Mapping[str, str], nodes: Mapping[str, str | None]
) -> tuple[NodeProgress, ...]:
    """The state of each compute node: that of its machine which is furthest from good; none yet is being created."""
    return tuple(
        NodeProgress(node=node.name, state=_worst(STATES.get(states[vm], NodeState.CREATING) for vm in of_node))
        for node in computes(topology)
        for of_node in ([vm for vm in states if nodes.get(vm) == node.name],)
    )


def resources(topology: Topology, infrastructure: str, machines: Iterable[Machine]) -> tuple[Resource, ...]:
    """One for each machine, and one for each other node of the topology."""
    types = {node.name: node.type for node in topology.nodes}
    running = [
        Resource(
            node=vm.node,
            type=types.get(vm.node, ""),
            external_id=f"{infrastructure}/vms/{vm.number}",
            state=STATES.get(str(vm.attributes.get("state")), NodeState.STARTED),
            attributes=vm.attributes,
        )
        for vm in machines
    ]
    others = [
        Resource(node=node.name, type=node.type, external_id=f"{infrastructure}/{node.name}")
        for node in topology.nodes
        if node.compute is None
    ]
    return (*running, *others)


def _worst(states: Iterable[NodeState]) -> NodeState:
    return min(states, key=FURTHEST_FROM_GOOD.index, default=NodeState.CREATING)
