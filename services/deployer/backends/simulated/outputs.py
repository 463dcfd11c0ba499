"""What a stack is good for: the outputs of its topology, evaluated as far as a pretended machine can, and resources."""

from collections.abc import Callable, Mapping, Sequence

from services.deployer.backends.simulated.stacks import Machine
from shared.contracts.topology import Json, Node, Topology
from shared.contracts.trials import Resource
from shared.contracts.vocabulary import NodeState

CREDENTIAL: dict[str, Json] = {"user": "cloudadm", "token_type": "password", "token": "simulated"}


def evaluated(topology: Topology, machines: Sequence[Machine]) -> dict[str, Json]:
    """Every output of the topology; what needs a real machine to be known is `None`."""
    scope = _Scope(topology, machines)
    return {output.name: scope.value(output.value) for output in topology.outputs}


def resources(topology: Topology, external_id: str, machines: Sequence[Machine]) -> tuple[Resource, ...]:
    """One for each machine, and one for each other node of the topology."""
    types = {node.name: node.type for node in topology.nodes}
    of_machines = [
        Resource(
            node=machine.node,
            type=types.get(machine.node, ""),
            external_id=f"{external_id}/{machine.number}",
            state=NodeState.STOPPED if machine.stopped else NodeState.STARTED,
            attributes={"public_address": machine.public_address, "private_address": machine.private_address},
        )
        for machine in machines
    ]
    with_machines = {machine.node for machine in machines}
    others = [
        Resource(node=node.name, type=node.type, external_id=f"{external_id}/{node.name}")
        for node in topology.nodes
        if node.name not in with_machines
    ]
    return (*of_machines, *others)


class _Scope:
    """Where TOSCA functions find their values."""

    def __init__(self, topology: Topology, machines: Sequence[Machine]) -> None:
        self._nodes: Mapping[str, Node] = {node.name: node for node in topology.nodes}
        self._inputs = topology.inputs
        self._machines = machines
        self._functions: Mapping[str, Callable[[list[Json]], Json]] = {
            "concat": lambda parts: "".join(_text(part) for part in parts),
            "token": _token,
            "get_input": lambda path: _step(self._inputs, path),
            "get_attribute": self._attribute,
            "get_property": self._property,
        }

    def value(self, expression: Json) -> Json:
        """The expression with every function in it replaced by what it stands for."""
        if isinstance(expression, list):
            return [self.value(item) for item in expression]
        if not isinstance(expression, dict):
            return expression
        if len(expression) == 1:
            (name, arguments), *_ = expression.items()
            if function := self._functions.get(name):
                found = self.value(arguments)
                return function(found if isinstance(found, list) else [found])
        return {key: self.value(item) for key, item in expression.items()}

    def _attribute(self, path: list[Json]) -> Json:
        node, *rest = path
        machines = self._machines_of(str(node))
        match rest:
            case [("public_address" | "private_address") as attribute, *index]:
                addresses = [str(getattr(machine, attribute)) for machine in machines]
                if index:
                    return _step(addresses, index)
                return addresses[0] if len(addresses) == 1 else addresses
            case [*_, "credential", int()] | [*_, "credential"]:
                return CREDENTIAL
            case _:
                return self._property(path)

    def _property(self, path: list[Json]) -> Json:
        name, *rest = path
        node = self._nodes.get(str(name))
        if node is None:
            return None
        found = _step(node.properties, rest)
        return self.value(_step(node.capabilities, rest) if found is None else found)

    def _machines_of(self, name: str) -> list[Machine]:
        """Those of the node, or of the one that it is hosted on in the end."""
        seen: set[str] = set()
        while name not in seen:
            seen.add(name)
            if own := [machine for machine in self._machines if machine.node == name]:
                return own
            node = self._nodes.get(name)
            name = node.host if node is not None and node.host else name
        return []


def _step(value: Json, path: Sequence[Json]) -> Json:
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _token(arguments: list[Json]) -> Json:
    match arguments:
        case [text, str(separator), int(position)] if separator:
            return _step(_text(text).split(separator), [position])
    return None


def _text(value: Json) -> str:
    return "" if value is None else str(value)
