"""get_property, get_attribute and get_artifact: from SELF, HOST, SOURCE, TARGET or a name to what it holds."""

from collections.abc import Callable, Mapping

from services.gateway.domain.tosca.model import Deferred, Draft, Here, NodeDraft, is_deferred, plain
from services.gateway.domain.tosca.steps import descend, fields_of, walk, wrong
from services.gateway.domain.tosca.types import MISSING, NOTHING, Capability, Property
from services.gateway.domain.tosca.values import Checker
from shared.contracts.topology import Json, Path

KEYWORDS = ("SELF", "HOST", "SOURCE", "TARGET")
LEAST = 2
LONGEST_CHAIN = 100
OUTPUT_PARTS = 4
Resolve = Callable[[Json, Path, Here], Json]
Slot = tuple[str, str | None, str]


class Lookup:
    """Finds what a function names. Every property is worked out and checked once."""

    def __init__(self, draft: Draft, resolve: Resolve) -> None:
        self._draft = draft
        self._report = draft.report
        self._resolve = resolve
        self._checker = Checker(draft.scope, draft.report, draft.computed)
        self._known: dict[Slot, Json] = {}
        self._open: list[Slot] = []
        self._from_inputs: set[Slot] = set()
        self._unsaid: dict[int, dict[str, Json]] = {}

    def release(self) -> None:
        """Lets go of whoever resolves."""
        self._resolve = _unresolved

    def property(self, node: NodeDraft, name: str) -> Json:
        """The value of a node's property: given, else its default, else None."""
        return self._value(node, None, name, node.properties, node.type.properties)

    def capability(self, node: NodeDraft, capability: str, name: str) -> Json:
        """The value of a property of a node's capability: given, else its default, else None."""
        given = node.capabilities.get(capability, {})
        return self._value(node, capability, name, given, node.type.capabilities[capability].properties)

    def capabilities(self, node: NodeDraft) -> dict[str, dict[str, Json]]:
        """All that is said of a node's capabilities: what is given over the defaults.

        What only defaults say is one map for all nodes of a type; nobody changes it.
        """
        found = {}
        for name, declared in node.type.capabilities.items():
            said = self._said(node, declared, node.capabilities.get(name, NOTHING))
            if said:
                found[name] = said
        return found

    def get_property(self, argument: Json, path: Path, here: Here) -> Json:
        """The value of a property, entered by the rest of the path."""
        parts = self._parts(argument, path, here, "get_property")
        if parts is None:
            return None
        if here.link is not None and parts[0] == "SELF":
            return self._of_relationship(parts, path, here)
        owners = self._owners(parts[0], path, here)
        for node in owners:
            declared, value, rest = self._property_of(node, parts[1:])
            if declared is not None:
                return walk(self._report, value, rest, path, fields_of(self._draft.scope, declared.schema, rest))
        if owners:
            self._unknown("unknown-property", parts, owners[0], path)
        return None

    def get_attribute(self, argument: Json, path: Path, here: Here) -> Json:
        """An expression with the node by name; a property read as an attribute is its value."""
        parts = self._parts(argument, path, here, "get_attribute")
        if parts is None:
            return None
        if here.link is not None and parts[0] == "SELF":
            return Deferred({"get_attribute": plain(parts)})
        owners = self._owners(parts[0], path, here)
        for node in owners:
            value = self._attribute_of(node, parts[1:], path)
            if value is not MISSING:
                return value
        if owners:
            self._unknown("unknown-attribute", parts, owners[0], path)
        return None

    def get_artifact(self, argument: Json, path: Path, here: Here) -> Json:
        """The file of an artifact of a node template or of its type."""
        parts = self._parts(argument, path, here, "get_artifact")
        if parts is None:
            return None
        owners = self._owners(parts[0], path, here)
        for node in owners:
            artifact = node.artifacts.get(parts[1], node.type.artifacts.get(parts[1]))
            if artifact is not None:
                file = artifact.get("file") if isinstance(artifact, dict) else artifact
                return self._resolve(file, path, Here(node))
        if owners:
            known = {*owners[0].artifacts, *owners[0].type.artifacts}
            message = f"`{owners[0].name}` has no artifact `{parts[1]}`"
            self._report.refuse("unknown-artifact", path, message, parts[1], known)
        return None

    def get_operation_output(self, argument: Json, path: Path, here: Here) -> Json:
        """An expression: only the running system knows what an operation gave."""
        if (
            not isinstance(argument, list)
            or len(argument) != OUTPUT_PARTS
            or not all(isinstance(part, str) for part in argument)
        ):
            words = "get_operation_output takes SELF, HOST or a node, then interface, operation and output"
            return wrong(self._report, words, argument, path)
        name, interface = argument[0], argument[1]
        for node in self._owners(name, path, here)[:1] if here.link is None or name != "SELF" else ():
            written = node.raw.get("interfaces")
            known = {*node.type.interfaces, *(written if isinstance(written, dict) else ())}
            if interface not in known and interface.rpartition(".")[2] not in known:
                message = f"`{node.name}` ({node.type.name}) has no interface `{interface}`"[:300]
                self._report.refuse("unknown-interface", path, message, interface, known)
        return Deferred({"get_operation_output": argument})

    def _said(self, node: NodeDraft, declared: Capability, given: Mapping[str, Json]) -> dict[str, Json]:
        if not given and id(declared) in self._unsaid:
            return self._unsaid[id(declared)]
        values = {key: self.capability(node, declared.name, key) for key in {**declared.defaults, **given}}
        said = {key: value for key, value in values.items() if value is not None}
        if not given and not any(isinstance(value, dict | list) for value in declared.defaults.values()):
            self._unsaid[id(declared)] = said
        return said

    def _value(
        self,
        node: NodeDraft,
        capability: str | None,
        name: str,
        given: Mapping[str, Json],
        declared: Mapping[str, Property],
    ) -> Json:
        definition = declared.get(name)
        default = None if definition is None or definition.default is MISSING else definition.default
        if name not in given and not isinstance(default, dict | list):
            return default
        slot = (node.name, capability, name)
        computed = self._draft.computed
        if slot in self._known:
            computed.reads += slot in self._from_inputs
            return self._known[slot]
        path: Path = (*node.path, *(("capabilities", capability) if capability else ()), "properties", name)
        if slot in self._open or len(self._open) >= LONGEST_CHAIN:
            self._circle(slot, path)
            return None
        self._open.append(slot)
        before = computed.reads
        value = self._resolve(given.get(name, default), path, Here(node))
        if name in given and definition is not None:
            value = self._checker.check(value, definition.schema, path)
        self._open.pop()
        self._known[slot] = value
        if computed.reads != before:
            self._from_inputs.add(slot)
        return value

    def _circle(self, slot: Slot, path: Path) -> None:
        names = [".".join(filter(None, step)) for step in (*self._open, slot)]
        if slot in self._open:
            names = names[self._open.index(slot) :]
            message = f"the value depends on itself: {' from '.join(names)}; give one of them a value"
            self._report.refuse("function-cycle", path, message[:500], names[0])
        else:
            self._report.refuse("function-chain", path, f"the value is reached by more than {LONGEST_CHAIN} functions")

    def _parts(self, argument: Json, path: Path, here: Here, name: str) -> list[Json] | None:
        parts = self._resolve(argument, path, here) if isinstance(argument, list) else None
        if (
            not isinstance(parts, list)
            or len(parts) < LEAST
            or not all(isinstance(part, str) for part in parts[:LEAST])
        ):
            wrong(self._report, f"{name} takes a list: SELF, HOST or a node, then what of it", argument, path)
            return None
        if any(isinstance(part, dict | list | None) for part in parts[LEAST:]) or is_deferred(parts):
            wrong(self._report, f"{name} takes names and positions", argument, path)
            return None
        return parts

    def _owners(self, name: str, path: Path, here: Here) -> list[NodeDraft]:
        """The nodes that may be meant, nearest first; none is reported here."""
        if name in self._draft.nodes:
            return [self._draft.nodes[name]]
        found: list[NodeDraft | None] = []
        if name == "SELF":
            found = [here.node]
        elif name == "HOST":
            start = here.link.source if here.link is not None else here.node
            found = list(start.hosts()) if start is not None else []
        elif here.link is not None and name in ("SOURCE", "TARGET"):
            if name == "TARGET" and here.link.target is None:
                return []
            found = [here.link.source if name == "SOURCE" else here.link.target]
        nodes = [node for node in found if node is not None]
        if not nodes:
            message = f"{name} means nothing here" if name in KEYWORDS else f"there is no node `{name}`"
            self._report.refuse("unknown-node", path, message, name, () if name in KEYWORDS else self._draft.nodes)
        return nodes

    def _property_of(self, node: NodeDraft, parts: list[Json]) -> tuple[Property | None, Json, list[Json]]:
        name, rest = parts[0], parts[1:]
        if name in node.type.properties:
            return node.type.properties[name], self.property(node, name), rest
        if rest and name in node.type.capabilities and rest[0] in node.type.capabilities[name].properties:
            declared = node.type.capabilities[name].properties[rest[0]]
            return declared, self.capability(node, name, rest[0]), rest[1:]
        target = node.linked(name)
        if rest and target is not None and target is not node:
            return self._property_of(target, rest)
        return None, None, []

    def _attribute_of(self, node: NodeDraft, parts: list[Json], path: Path, via: int = 0) -> Json:
        name, rest = parts[0], parts[1:]
        kind = node.type
        expression = Deferred({"get_attribute": [node.name, *parts]})
        if name in kind.attributes:
            return self._deferred(expression, kind.attributes[name], rest, path)
        if name in kind.properties:
            return self._reflected(expression, kind.properties[name], self.property(node, name), (rest, path))
        if rest and name in kind.capabilities:
            capability = kind.capabilities[name]
            if rest[0] in capability.attributes:
                return self._deferred(expression, capability.attributes[rest[0]], rest[1:], path)
            if rest[0] in capability.properties:
                value = self.capability(node, name, rest[0])
                return self._reflected(expression, capability.properties[rest[0]], value, (rest[1:], path))
        target = node.linked(name)
        if rest and target is not None and via < LONGEST_CHAIN:
            return self._attribute_of(target, rest, path, via + 1)
        return MISSING

    def _reflected(self, expression: Deferred, declared: Property, value: Json, step: tuple[list[Json], Path]) -> Json:
        """A property read as an attribute: what was asked for, else what the system will say it is."""
        rest, path = step
        for part in rest:
            try:
                value = None if type(value) is Deferred else value[part]
            except (LookupError, TypeError):
                value = None
        return self._deferred(expression, declared, rest, path) if value is None else value

    def _deferred(self, expression: Deferred, attribute: Property, rest: list[Json], path: Path) -> Json:
        part = descend(self._draft.scope, attribute.schema, rest)
        if part is not None:
            message = f"`{attribute.name}` is a {attribute.schema.type}; there is nothing at `{part}` in it"
            wrong(self._report, message, part, path, "bad-path")
        return expression

    def _of_relationship(self, parts: list[Json], path: Path, here: Here) -> Json:
        link = here.link
        declared = link.relationship.properties if link is not None and link.relationship is not None else {}
        if link is None or parts[1] not in declared:
            self._report.refuse("unknown-property", path, "the relationship has no such property", parts[1], declared)
            return None
        default = declared[parts[1]].default
        given = link.properties.get(parts[1], None if default is MISSING else default)
        return walk(self._report, self._resolve(given, path, here), parts[2:], path)

    def _unknown(self, code: str, parts: list[Json], node: NodeDraft, path: Path) -> None:
        kind = node.type
        what = code.removeprefix("unknown-")
        declared = kind.properties if what == "property" else {**kind.properties, **kind.attributes}
        known = {*declared, *kind.capabilities, *(link.name for link in node.links)}
        message = f"`{node.name}` ({kind.name}) has no {what} `{parts[1]}`"
        if parts[1] in kind.capabilities and len(parts) > LEAST:
            capability = kind.capabilities[parts[1]]
            known = {*capability.properties, *capability.attributes}
            message = f"the capability `{parts[1]}` of `{node.name}` has no {what} `{parts[2]}`"
        self._report.refuse(code, path, message[:300], parts[1], known)


def _unresolved(value: Json, _path: Path, _here: Here) -> Json:
    return value
