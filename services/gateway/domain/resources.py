"""The resources of a deployment as INDIGO clients know them: one for each instance of each node of its template."""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from services.gateway.domain.tosca.secrecy import names_secret
from services.gateway.domain.view import Seat, Status, View
from shared.contracts.topology import Json, Topology
from shared.contracts.trials import Resource
from shared.contracts.vocabulary import NodeState, Value

NAMESPACE = uuid.UUID("b1f1c7f4-4f0c-5c53-9d0e-2a7c1b6a9f10")
"""Under which the ids of resources are made; another one would give every resource another id."""
WAITING: Mapping[Status, NodeState] = {
    Status.CREATE_IN_PROGRESS: NodeState.CREATING,
    Status.CREATE_FAILED: NodeState.ERROR,
    Status.UPDATE_IN_PROGRESS: NodeState.CREATING,
    Status.DELETE_IN_PROGRESS: NodeState.DELETING,
    Status.DELETE_FAILED: NodeState.ERROR,
}
"""The state of what a site has not told of. Where nothing is said the node is one that a site tells nothing about."""
ADDRESSES = (("private_address", "priv_network"), ("public_address", "pub_network"))
PRIVATE_KEY = "PRIVATE KEY-----"


class Part(Value):
    """A node of a template, as far as its resources need it."""

    name: str
    type: str
    ancestors: tuple[str, ...] = ()
    count: int = 1
    machine: bool = False


class Piece(NamedTuple):
    """One resource. `id` stays the same for as long as the thing itself is there, and is never another thing's."""

    id: str
    part: Part
    number: int
    state: NodeState
    external_id: str | None = None
    attributes: Mapping[str, Json] = {}

    def is_a(self, type_: str) -> bool:
        """Whether it is of a type, or of one that is derived from it."""
        return type_ == self.part.type or type_ in self.part.ancestors


def parts_of(topology: Topology) -> tuple[Part, ...]:
    """The nodes of a topology."""
    return tuple(
        Part(
            name=node.name,
            type=node.type,
            ancestors=node.ancestors,
            count=node.count,
            machine=node.compute is not None,
        )
        for node in topology.nodes
    )


def pieces(view: View, parts: Sequence[Part]) -> list[Piece]:
    """Every resource of a deployment, in the order of its template. What was deleted has none."""
    if view.status is Status.DELETE_COMPLETE:
        return []
    named = {part.name for part in parts}
    strangers = {resource.node: resource.type for resource in view.resources if resource.node not in named}
    whole = [*parts, *(Part(name=node, type=type_, count=0) for node, type_ in strangers.items())]
    standing: dict[str, list[Resource]] = {}
    for resource in view.resources:
        standing.setdefault(resource.node, []).append(resource)
    seats = _numbers(view.seats)
    return [
        piece for part in whole for piece in _of_part(view, part, standing.get(part.name, []), seats.get(part.name, {}))
    ]


def machine_info(piece: Piece, *, reveal: bool) -> str | None:
    """`VirtualMachineInfo` as dashboards read it: JSON in a string; `None` for what is no machine.

    Credentials are in it only if `reveal`.
    """
    if not piece.attributes:
        return None
    shown = {key: value for key, value in piece.attributes.items() if reveal or not _is_secret(key, value)}
    system: dict[str, Json] = {"class": "system", "id": piece.part.name}
    system["instance_name"] = f"{piece.part.name}-{piece.number}"
    system |= {key: value for key, value in shown.items() if key not in dict(ADDRESSES)}
    networks: list[Json] = []
    addresses = [(network, address) for key, network in ADDRESSES for address in _listed(shown.get(key))]
    for number, (network, address) in enumerate(addresses):
        system |= {f"net_interface.{number}.ip": address, f"net_interface.{number}.connection": network}
    for network in sorted({network for network, _ in addresses}):
        outbound = "yes" if network == "pub_network" else "no"
        networks.append({"class": "network", "id": network, "outbound": outbound})
    return json.dumps({"vmProperties": [system, *networks]})


def holds_secret(piece: Piece) -> bool:
    """Whether something is known of it that only its owner is shown."""
    return any(_is_secret(key, value) for key, value in piece.attributes.items())


def _numbers(seats: Iterable[Seat]) -> dict[str, dict[str, int]]:
    numbers: dict[str, dict[str, int]] = {}
    for seat in seats:
        of_node = numbers.setdefault(seat.node, {})
        of_node[seat.external_id] = len(of_node)
    return numbers


def _of_part(view: View, part: Part, standing: Sequence[Resource], seats: Mapping[str, int]) -> Iterator[Piece]:
    for place, resource in enumerate(standing):
        number = seats.get(resource.external_id, len(seats) + place)
        state = NodeState.DELETING if view.status is Status.DELETE_IN_PROGRESS else resource.state
        yield Piece(_id(view, part, number), part, number, state, resource.external_id, resource.attributes)
    told = view.status in WAITING
    missing = part.count - len(standing) if told or not standing else 0
    state = WAITING.get(view.status, NodeState.STARTED)
    if view.status is Status.CREATE_IN_PROGRESS:
        state = _creating(view, part)
    for number in range(len(seats), len(seats) + missing):
        yield Piece(_id(view, part, number), part, number, state)


def _creating(view: View, part: Part) -> NodeState:
    if not view.trials:
        return NodeState.INITIAL
    return next((node.state for node in view.trials[-1].nodes if node.node == part.name), NodeState.CREATING)


def _id(view: View, part: Part, number: int) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{view.id}/{part.name}/{number}"))


def _is_secret(key: str, value: Json) -> bool:
    return names_secret(key) or (isinstance(value, str) and PRIVATE_KEY in value)


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]
