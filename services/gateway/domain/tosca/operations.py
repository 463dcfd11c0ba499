"""The operations of nodes, those of their types included, with inputs worked out as far as they can be."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.gateway.domain.tosca.functions import NAMES, Functions
from services.gateway.domain.tosca.model import NODES, Draft, Here, NodeDraft, plain
from services.gateway.domain.tosca.procedures import procedures
from services.gateway.domain.tosca.types import NOTHING, EntityType, Interface, Procedure
from shared.contracts.topology import Json, Operation, Path

ANYWHERE: Path = (*NODES, "")
"""Where inherited operations are said to be: the template holds none of their text."""
OPERATION_FIELDS = set(Operation.model_fields)
OWN = 2
Tables = Mapping[str, Mapping[str, Procedure]]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An operation of a type. `ready` is what it is for every node, if nothing in it depends on the node."""

    interface: str
    name: str
    procedure: Procedure
    ready: Operation | None


class Operations:
    """The operations of all nodes of one draft. Types are prepared once."""

    def __init__(self, draft: Draft, functions: Functions) -> None:
        """The draft's own values have been checked; what is wrong with inherited inputs is no fault of its author's."""
        self._draft = draft
        self._functions = functions
        self._types: dict[int, tuple[_Prepared, ...]] = {}

    def of(self, node: NodeDraft, properties: Mapping[str, Json]) -> tuple[Operation, ...]:
        """Those that do something; `properties` are the node's, worked out. An own operation refines the type's."""
        prepared = self._types.get(id(node.type))
        if prepared is None:
            prepared = self._types[id(node.type)] = _prepared(_inherited(node.type), node.type)
        if isinstance(node.raw.get("interfaces"), dict):
            prepared = _prepared(_refined(node), None)
        if not prepared:
            return ()
        self._draft.report.quiet = True
        done = tuple(one.ready or self._worked_out(one, node, properties) for one in prepared)
        self._draft.report.quiet = False
        return done

    def _worked_out(self, one: _Prepared, node: NodeDraft, properties: Mapping[str, Json]) -> Operation:
        here = Here(node)
        inputs = {}
        for name, raw in one.procedure.inputs.items():
            value = plain(self._value(raw, properties, here))
            if value is not None:
                inputs[name] = value
        implementation = plain(self._functions.resolve(_primary(one.procedure.implementation), ANYWHERE, here))
        return Operation.model_construct(
            OPERATION_FIELDS,
            interface=one.interface,
            name=one.name,
            implementation=_file(implementation, node),
            inputs=inputs,
        )

    def _value(self, raw: Json, properties: Mapping[str, Json], here: Here) -> Json:
        if type(raw) is dict and len(raw) == 1:  # most inputs are just a property of the node
            argument = raw.get("get_property")
            if type(argument) is list and len(argument) == OWN and argument[0] == "SELF":
                name = argument[1]
                if type(name) is str and name in properties:
                    return properties[name]
        return self._functions.resolve(raw, ANYWHERE, here)


def _prepared(tables: Tables, kind: EntityType | None) -> tuple[_Prepared, ...]:
    found = []
    for interface, table in tables.items():
        for name, procedure in table.items():
            if procedure.implementation is not None or procedure.inputs:
                ready = _ready(interface, name, procedure) if kind is not None else None
                found.append(_Prepared(interface, name, procedure, ready))
    return tuple(found)


def _ready(interface: str, name: str, procedure: Procedure) -> Operation | None:
    implementation = _primary(procedure.implementation)
    if _depends(procedure.inputs) or not isinstance(implementation, str | None) or not _is_address(implementation):
        return None
    inputs = {key: plain(value) for key, value in procedure.inputs.items() if value is not None}
    return Operation(interface=interface, name=name, implementation=implementation, inputs=inputs)


def _is_address(implementation: str | None) -> bool:
    """Whether it cannot be the name of an artifact of some node."""
    return implementation is None or "/" in implementation


def _depends(value: Json) -> bool:
    if isinstance(value, Mapping):
        return (len(value) == 1 and next(iter(value)) in NAMES) or any(_depends(item) for item in value.values())
    return isinstance(value, list) and any(_depends(item) for item in value)


def _inherited(kind: EntityType) -> Tables:
    return {interface.name: interface.procedures for interface in kind.interfaces.values()}


def _refined(node: NodeDraft) -> Tables:
    tables: dict[str, Mapping[str, Procedure]] = dict(_inherited(node.type))
    for name, body in node.raw["interfaces"].items():
        if isinstance(body, dict):
            declared = _declared(node.type, name)
            key = declared.name if declared else name
            tables[key] = procedures(body, tables.get(key, NOTHING))
    return tables


def _declared(kind: EntityType, name: str) -> Interface | None:
    """The type's interface that a template means by a name, short or whole."""
    return kind.interfaces.get(name) or kind.interfaces.get(name.rpartition(".")[2])


def _primary(implementation: Json) -> Json:
    """The main artifact of an implementation in any of its forms."""
    if isinstance(implementation, dict):
        if "primary" in implementation:
            return _primary(implementation["primary"])
        return implementation.get("file", implementation)
    return implementation


def _file(implementation: Json, node: NodeDraft) -> str | None:
    """The file that is run; the name of an artifact stands for its file."""
    if not isinstance(implementation, str):
        return None
    artifact = node.artifacts.get(implementation, node.type.artifacts.get(implementation))
    file = artifact.get("file") if isinstance(artifact, dict) else artifact
    return file if isinstance(file, str) else implementation
