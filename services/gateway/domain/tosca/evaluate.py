"""Output expressions, worked out when the attributes they read have arrived."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from services.gateway.domain.tosca.document import as_text, split
from shared.contracts.topology import Json, Path

Attributes = Callable[[str, Path], Json]
"""The value of an attribute, by the node's name and the path in it (attribute or capability first); None if none."""

NO_INPUTS: Mapping[str, Json] = MappingProxyType({})


def evaluate(expression: Json, attributes: Attributes, inputs: Mapping[str, Json] = NO_INPUTS) -> Json:
    """The value of an expression. What cannot be known is None; text with a part that cannot be known is None too."""
    if isinstance(expression, list):
        return [evaluate(item, attributes, inputs) for item in expression]
    if not isinstance(expression, dict):
        return expression
    if len(expression) == 1:
        name, argument = next(iter(expression.items()))
        if name == "get_attribute":
            node, *path = argument
            return attributes(node, tuple(path))
        if name == "get_input":
            return _walk(inputs, argument if isinstance(argument, list) else [argument])
        if name in ("concat", "join", "token") and isinstance(argument, list):
            return _text(name, evaluate(argument, attributes, inputs))
    return {key: evaluate(item, attributes, inputs) for key, item in expression.items()}


def _text(name: str, parts: list[Json]) -> Json:
    if any(part is None for part in parts):
        return None
    if name == "concat":
        return "".join(as_text(part) for part in parts)
    if name == "join":
        items = parts[0] if isinstance(parts[0], list) else [parts[0]]
        separator = parts[1] if len(parts) > 1 else ""
        return None if any(item is None for item in items) else str(separator).join(as_text(item) for item in items)
    text, separator, position = parts
    pieces = split(as_text(text), str(separator)) if separator else []
    return pieces[position] if isinstance(position, int) and 0 <= position < len(pieces) else None


def _walk(value: Json, parts: list[Json]) -> Json:
    for part in parts:
        try:
            value = value[part]
        except (LookupError, TypeError):
            return None
    return value
