"""Type definitions, compiled: inheritance resolved, frozen, shared by all compilations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from shared.contracts.topology import Json

UNBOUNDED = 1 << 30
NOTHING: Mapping[str, Json] = MappingProxyType({})

CATEGORIES = {
    "node_types": "tosca.nodes.",
    "capability_types": "tosca.capabilities.",
    "relationship_types": "tosca.relationships.",
    "data_types": "tosca.datatypes.",
    "artifact_types": "tosca.artifacts.",
    "interface_types": "tosca.interfaces.",
    "policy_types": "tosca.policies.",
    "group_types": "tosca.groups.",
}
PRIMITIVES = frozenset(
    [
        "string",
        "integer",
        "float",
        "boolean",
        "timestamp",
        "range",
        "version",
        "list",
        "map",
        "scalar-unit.size",
        "scalar-unit.time",
        "scalar-unit.frequency",
        "scalar-unit.bitrate",
        "json",
        "xml",
        "null",
    ],
)


@dataclass(frozen=True, slots=True)
class Missing:
    """No value was stated; None is a value."""


MISSING = Missing()


@dataclass(frozen=True, slots=True)
class Constraint:
    """One clause: its operator and what it compares with."""

    operator: str
    argument: Json


@dataclass(frozen=True, slots=True)
class Schema:
    """What a value must look like; `entry` and `key` are for lists and maps."""

    type: str = "string"
    entry: "Schema | None" = None
    key: "Schema | None" = None
    constraints: tuple[Constraint, ...] = ()


ANYTHING = Schema("")


@dataclass(frozen=True, slots=True)
class Property:
    """A property, attribute, input or parameter as declared. `stated` is whether `required` was written down."""

    name: str
    schema: Schema
    required: bool = True
    default: Json = MISSING
    stated: bool = False


@dataclass(frozen=True, slots=True)
class Capability:
    """A capability that nodes of a type have; refinements of its properties are already merged in.

    `sources` are the node types that may use it, all if empty; `defaults` what its properties are if nothing is said.
    """

    name: str
    type: str
    properties: Mapping[str, Property] = field(default_factory=dict)
    attributes: Mapping[str, Property] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    defaults: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement as declared. `stated` is whether occurrences were written down (unstated means exactly one)."""

    name: str
    capability: str | None = None
    node: str | None = None
    relationship: str | None = None
    least: int = 1
    most: int = 1
    stated: bool = False
    declared_by: str = ""


@dataclass(frozen=True, slots=True)
class Procedure:
    """What an operation does: its implementation as written, and the values of its inputs with functions in them."""

    implementation: Json = None
    inputs: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface of a type: its operations (and notifications) by name, and what those do that do something."""

    name: str
    type: str | None
    operations: frozenset[str]
    procedures: Mapping[str, Procedure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EntityType:
    """A type with everything it inherits. `ancestors` is nearest first, without the type itself.

    `members` are the node types that a group or policy type is for, all if empty.
    """

    category: str
    name: str
    ancestors: tuple[str, ...] = ()
    properties: Mapping[str, Property] = field(default_factory=dict)
    attributes: Mapping[str, Property] = field(default_factory=dict)
    capabilities: Mapping[str, Capability] = field(default_factory=dict)
    requirements: Mapping[str, Requirement] = field(default_factory=dict)
    interfaces: Mapping[str, Interface] = field(default_factory=dict)
    artifacts: Mapping[str, Json] = field(default_factory=dict)
    operations: frozenset[str] = frozenset()
    base: Schema | None = None
    members: tuple[str, ...] = ()

    def is_a(self, name: str | None) -> bool:
        """Whether this is the named type or derives from it."""
        return name == self.name or name in self.ancestors
