"""TOSCA's functions: what is known is worked out, what only the running system knows stays an expression."""

from collections.abc import Callable

from services.gateway.domain.tosca.document import as_text, split
from services.gateway.domain.tosca.lookup import Lookup
from services.gateway.domain.tosca.model import NOWHERE, Deferred, Draft, Here, NodeDraft, extent, is_deferred, plain
from services.gateway.domain.tosca.problems import Full
from services.gateway.domain.tosca.steps import descend, fields_of, walk, wrong
from shared.contracts.topology import Json, Path

# `token` is a field of a Credential too, so alone with text it is that field.
ALSO_FIELDS = frozenset(("token", "join"))
MOST_MADE = 150_000
MADE_BY_A_NODE = 60
JOIN_MOST = 2
TOKEN_PARTS = 3


def function_of(value: Json) -> str | None:
    """The name of the function that a value is, if it is one."""
    if type(value) is dict and len(value) == 1:
        name = next(iter(value))
        return name if name in NAMES else None
    return None


class Functions:
    """Resolves values in which functions may stand anywhere."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._report = draft.report
        self._made = 0
        self._of_type: dict[str, tuple[str, ...]] = {}
        self._lookup = Lookup(draft, self.resolve)
        self._calls: dict[str, Callable[[Json, Path, Here], Json]] = {
            "get_input": self._get_input,
            "get_property": self._lookup.get_property,
            "get_attribute": self._lookup.get_attribute,
            "get_artifact": self._lookup.get_artifact,
            "get_nodes_of_type": self._get_nodes_of_type,
            "get_operation_output": self._lookup.get_operation_output,
            "concat": self._concat,
            "join": self._join,
            "token": self._token,
        }

    def resolve(self, value: Json, path: Path, here: Here = NOWHERE) -> Json:
        """The value with its functions worked out as far as they can be."""
        kind = type(value)
        if kind is dict:
            if len(value) == 1:
                name = next(iter(value))
                call = self._calls.get(name)
                if call is not None and (name not in ALSO_FIELDS or type(value[name]) is list):
                    computed = self._draft.computed
                    computed.places.add(path)
                    before = computed.reads
                    found = self._charged(call(value[name], (*path, name), here), path)
                    if computed.reads != before:
                        computed.open.add(path)
                    return found
            return {key: self.resolve(item, (*path, key), here) for key, item in value.items()}
        if kind is list:
            return [self.resolve(item, (*path, index), here) for index, item in enumerate(value)]
        return value

    def release(self) -> None:
        """Unties what refers to itself in a circle, so that memory is free at once; nothing can be resolved after."""
        self._calls.clear()
        self._lookup.release()
        for node in self._draft.nodes.values():
            node.release()

    def property(self, node: NodeDraft, name: str) -> Json:
        """The value of a node's property: given, else its default, else None."""
        return self._lookup.property(node, name)

    def capability(self, node: NodeDraft, capability: str, name: str) -> Json:
        """The value of a property of a node's capability: given, else its default, else None."""
        return self._lookup.capability(node, capability, name)

    def capabilities(self, node: NodeDraft) -> dict[str, dict[str, Json]]:
        """All that is said of a node's capabilities: what is given over the defaults."""
        return self._lookup.capabilities(node)

    def _charged(self, value: Json, path: Path) -> Json:
        """The value, unless functions have made so much of a small template that it was meant to."""
        kind = type(value)
        if kind is str or kind is list or kind is dict or kind is Deferred:
            self._made += extent(value, MOST_MADE)
            if self._made > MOST_MADE + MADE_BY_A_NODE * len(self._draft.nodes):
                self._report.quiet = False
                self._report.refuse("too-large", path, "the functions of the template make too much of it; use fewer")
                raise Full
        return value

    def _get_input(self, argument: Json, path: Path, _here: Here) -> Json:
        parts = argument if isinstance(argument, list) else [argument]
        if not parts or not isinstance(parts[0], str):
            return wrong(self._report, "get_input takes the name of an input", argument, path)
        name, rest = parts[0], parts[1:]
        draft = self._draft
        if name not in draft.inputs:
            message = f"there is no input `{name}`"
            self._report.refuse("unknown-input", path, message, name, draft.inputs)
            return None
        schema = draft.inputs[name].schema
        if name in draft.secrets or name not in draft.values:
            part = descend(draft.scope, schema, rest)
            if part is not None:
                message = f"the input `{name}` is a {schema.type}; there is nothing at `{part}` in it"
                return wrong(self._report, message, part, path, "bad-path")
            return Deferred({"get_input": argument})
        parts = self.resolve(rest, path)
        draft.computed.reads += not draft.computed.firm
        return walk(self._report, draft.values[name], parts, path, fields_of(draft.scope, schema, parts))

    def _get_nodes_of_type(self, argument: Json, path: Path, _here: Here) -> Json:
        name = argument[0] if isinstance(argument, list) and len(argument) == 1 else argument
        kind = self._draft.scope.find("node_types", name)
        if kind is None:
            names = self._draft.scope.names("node_types")
            self._report.refuse("unknown-type", path, f"the node type `{name}` is not known"[:200], name, names)
            return []
        if kind.name not in self._of_type:
            nodes = self._draft.nodes.values()
            self._of_type[kind.name] = tuple(node.name for node in nodes if node.type.is_a(kind.name))
        return list(self._of_type[kind.name])

    def _concat(self, argument: Json, path: Path, here: Here) -> Json:
        parts = self._charged(self.resolve(argument, path, here), path)
        if type(parts) is Deferred:
            return Deferred({"concat": parts})
        if not isinstance(parts, list):
            return wrong(self._report, "concat takes a list", argument, path)
        if is_deferred(parts):
            return Deferred({"concat": plain(parts)})
        if any(isinstance(part, dict) for part in parts):
            return wrong(self._report, "concat joins text; one of its parts is a map", argument, path)
        if any(isinstance(part, list) for part in parts):
            return [item for part in parts for item in (part if isinstance(part, list) else [part])]
        return "".join(as_text(part) for part in parts)

    def _join(self, argument: Json, path: Path, here: Here) -> Json:
        parts = self._charged(self.resolve(argument, path, here), path)
        if not isinstance(parts, list) or not 1 <= len(parts) <= JOIN_MOST:
            return wrong(self._report, "join takes a list and a separator", argument, path)
        if is_deferred(parts):
            return Deferred({"join": plain(parts)})
        if not isinstance(parts[0], list) or any(isinstance(part, dict | list) for part in parts[0]):
            return wrong(self._report, "join takes a list of text", argument, path)
        return as_text(parts[1] if len(parts) == JOIN_MOST else "").join(as_text(part) for part in parts[0])

    def _token(self, argument: Json, path: Path, here: Here) -> Json:
        parts = self._charged(self.resolve(argument, path, here), path)
        if not isinstance(parts, list) or len(parts) != TOKEN_PARTS:
            return wrong(self._report, "token takes a text, a separator and a position", argument, path)
        if is_deferred(parts):
            return Deferred({"token": plain(parts)})
        text, separator, position = parts
        if not isinstance(separator, str) or not separator or type(position) is not int:
            return wrong(self._report, "token takes a text, a separator and a position", argument, path)
        pieces = split(as_text(text), separator)
        if not 0 <= position < len(pieces):
            return wrong(
                self._report, f"the text has {len(pieces)} pieces, position {position} is not one of them", text, path
            )
        return pieces[position]


NAMES = frozenset(
    [
        "get_input",
        "get_property",
        "get_attribute",
        "get_artifact",
        "get_nodes_of_type",
        "get_operation_output",
        "concat",
        "join",
        "token",
    ],
)
