"""Compiles type definitions into frozen types, each once, whatever the order they are written in."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from services.gateway.domain.tosca import definitions
from services.gateway.domain.tosca.problems import Report
from services.gateway.domain.tosca.procedures import NOT_OPERATIONS, procedures
from services.gateway.domain.tosca.scope import Scope, Types
from services.gateway.domain.tosca.types import (
    CATEGORIES,
    MISSING,
    NOTHING,
    PRIMITIVES,
    Capability,
    EntityType,
    Interface,
    Property,
    Requirement,
    Schema,
)
from shared.contracts.topology import Json, Path

DEEPEST = 64
NODES = ("node_types",)
ACTIVE = ("node_types", "relationship_types", "group_types")
"""Who has interfaces; whoever else wrote some could have them refer to himself."""


def compile_types(root: Mapping[str, Json], outer: Scope, report: Report) -> Types:
    """All types defined in a document. Unknown parents and circles of parents are reported."""
    return _Compiler(root, outer, report).compiled


class _Compiler:
    def __init__(self, root: Mapping[str, Json], outer: Scope, report: Report) -> None:
        self.compiled: dict[tuple[str, str], EntityType] = {}
        self._report = report
        self._outer = outer
        self._waiting = {
            (category, name): body
            for category in CATEGORIES
            for name, body in definitions.entries(root.get(category), (category,), report).items()
        }
        self._scope = Scope(self.compiled, ((None, outer),))
        for category, name in list(self._waiting):
            self._type(category, name, ())

    def _type(self, category: str, name: str, below: tuple[str, ...]) -> EntityType | None:
        """The type, compiled now if it waits; `below` are the types whose parent is being looked for."""
        if name in below:
            return None
        body = self._waiting.get((category, name))
        if body is None or (category, name) in self.compiled:
            return self._scope.find(category, name)
        path: Path = (category, name)
        body = definitions.entries(body, path, self._report)
        self.compiled[category, name] = found = self._build(path, body, self._parent(path, body, below))
        return found

    def _parent(self, path: Path, body: Mapping[str, Json], below: tuple[str, ...]) -> EntityType | None:
        category, name = str(path[0]), str(path[1])
        parent = body.get("derived_from")
        if parent is None or (category == "data_types" and _primitive(parent)):
            return None
        where = (*path, "derived_from")
        if not isinstance(parent, str):
            self._report.refuse("shape", where, "`derived_from` is the name of a type", parent)
            return None
        if parent == name and self._outer.find(category, name) is not None:
            return self._outer.find(category, name)
        chain = (*below, name)
        if parent in chain:
            circle = " from ".join([*chain[chain.index(parent) :], parent])
            self._report.refuse("type-cycle", where, f"{circle}: a type cannot derive from itself", parent)
            return None
        found = self._type(category, parent, chain) if len(chain) < DEEPEST else None
        if len(chain) >= DEEPEST or (found is not None and len(found.ancestors) >= DEEPEST):
            self._report.refuse("type-chain", where, f"more than {DEEPEST} types above each other; use fewer", parent)
            return None
        if found is None:
            known = self._scope.names(category)
            self._report.refuse("unknown-type", where, f"the parent type `{parent}` is not known", parent, known)
        return found

    def _build(self, path: Path, body: Mapping[str, Json], parent: EntityType | None) -> EntityType:
        category, name = str(path[0]), str(path[1])
        above = parent or EntityType(category, "")
        report = self._report
        base = above.base
        primitive = _primitive(body.get("derived_from")) or _primitive(body.get("type"))
        if category == "data_types" and primitive is not None:
            base = Schema(primitive, constraints=definitions.constraints(body.get("constraints"), path, report))
        elif base is not None and "constraints" in body:
            more = definitions.constraints(body["constraints"], path, report)
            base = Schema(base.type, constraints=(*base.constraints, *more))
        requirements = dict(above.requirements)
        stated = definitions.requirements(body.get("requirements"), (*path, "requirements"), report, name)
        requirements |= {key: _refined(one, above.requirements.get(key)) for key, one in stated.items()}
        artifacts = body.get("artifacts")
        return EntityType(
            category,
            name,
            (parent.name, *parent.ancestors) if parent else (),
            self._properties(path, "properties", body, above.properties),
            self._properties(path, "attributes", body, above.attributes),
            MappingProxyType(self._capabilities(path, body, above.capabilities)) if category in NODES else NOTHING,
            MappingProxyType(requirements),
            MappingProxyType(self._interfaces(path, body, above.interfaces)) if category in ACTIVE else NOTHING,
            MappingProxyType({**above.artifacts, **(artifacts if isinstance(artifacts, dict) else {})}),
            above.operations | (_operations(body) if category == "interface_types" else frozenset()),
            base,
            _members(category, body) or above.members,
        )

    def _properties(
        self, path: Path, key: str, body: Mapping[str, Json], above: Mapping[str, Property]
    ) -> Mapping[str, Property]:
        raw = body.get(key)
        if raw is None:
            return above
        return MappingProxyType(definitions.properties(raw, (*path, key), self._report, above))

    def _capabilities(
        self, path: Path, body: Mapping[str, Json], above: Mapping[str, Capability]
    ) -> dict[str, Capability]:
        found = dict(above)
        path = (*path, "capabilities")
        for name, raw in definitions.entries(body.get("capabilities"), path, self._report).items():
            here: Path = (*path, name)
            item = {"type": raw} if isinstance(raw, str) else definitions.entries(raw, here, self._report)
            kind = item.get("type") or (above[name].type if name in above else None)
            known = self._type("capability_types", kind, ()) if isinstance(kind, str) else None
            if known is None:
                known_names = self._scope.names("capability_types")
                self._report.refuse(
                    "unknown-type", here, f"the capability type `{kind}` is not known", kind, known_names
                )
            declared = self._properties(here, "properties", item, known.properties if known else NOTHING)
            found[name] = Capability(
                name,
                known.name if known else str(kind),
                declared,
                self._properties(here, "attributes", item, known.attributes if known else NOTHING),
                tuple(name for name in _list(item.get("valid_source_types")) if isinstance(name, str)),
                MappingProxyType({key: one.default for key, one in declared.items() if _is_said(one.default)}),
            )
        return found

    def _interfaces(self, path: Path, body: Mapping[str, Json], above: Mapping[str, Interface]) -> dict[str, Interface]:
        found = dict(above)
        path = (*path, "interfaces")
        for name, raw in definitions.entries(body.get("interfaces"), path, self._report).items():
            item = definitions.entries(raw, (*path, name), self._report)
            inherited = above.get(name)
            kind = item.get("type") or (inherited.type if inherited else None)
            known = self._type("interface_types", str(kind or name), ())
            if known is None and "type" in item:
                names = self._scope.names("interface_types")
                where = (*path, name, "type")
                self._report.refuse("unknown-type", where, f"the interface type `{kind}` is not known", kind, names)
            operations = _operations(item) | (inherited.operations if inherited else frozenset())
            above_it = inherited.procedures if inherited else NOTHING
            found[name] = Interface(
                name,
                kind,
                operations | (known.operations if known else frozenset()),
                MappingProxyType(procedures(item, above_it)),
            )
        return found


def _refined(requirement: Requirement, inherited: Requirement | None) -> Requirement:
    """A requirement stated anew is met by the relationship that it was met by, unless it names another."""
    if inherited is None or requirement.relationship is not None:
        return requirement
    return replace(requirement, relationship=inherited.relationship)


def _primitive(name: Json) -> str | None:
    return name if isinstance(name, str) and name in PRIMITIVES else None


def _members(category: str, body: Mapping[str, Json]) -> tuple[str, ...]:
    key = {"group_types": "members", "policy_types": "targets"}.get(category)
    return tuple(name for name in _list(body.get(key)) if isinstance(name, str)) if key else ()


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _is_said(default: Json) -> bool:
    return default is not None and default is not MISSING


def _operations(body: Mapping[str, Json]) -> frozenset[str]:
    """The operations and notifications that an interface (or interface type) names, in the forms of 1.0 and 1.3."""
    names = {name for name in body if name not in NOT_OPERATIONS}
    for key in ("operations", "notifications"):
        if isinstance(body.get(key), dict):
            names |= set(body[key])
    return frozenset(names)
