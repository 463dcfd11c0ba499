"""What several layers say of one site, laid over each other field by field, and which layer said what.

Lists of things that have a name of their own are matched by it, so that a layer may speak of one field of one flavour
and leave the rest to the layers below.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from shared.contracts.topology import Json

NAMED_BY: Mapping[str, str] = {
    "services": "id",
    "images": "id",
    "flavours": "id",
    "networks": "id",
    "projects": "id",
    "volume_types": "name",
}
"""Field → by what the entries of its list are told apart. Where the list does not hold objects, it is one value."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A document about a site by who says it, in the wire's field names. It need not be complete.

    A `null` takes the field away from the layers below; an entry with `removed: true` takes the whole entry away.
    """

    name: str
    document: Mapping[str, Json]
    at: datetime | None = None


class Merged(NamedTuple):
    """The document that comes out, without nulls and removed entries, and for each of its values the layer it is from.

    `provenance` is keyed by JSON pointer (RFC 6901), with the entry's own name where a pointer has an index:
    `/services/nova/flavours/m1.small/cpus`.
    """

    document: dict[str, Json]
    provenance: dict[str, str]


def merged(layers: Sequence[Layer]) -> Merged:
    """Layers from the weakest to the strongest, as one document. What no layer says is not in it."""
    root = _Branch("")
    for layer in layers:
        _lay_object(root, layer.document, layer.name)
    return Merged(_object(root), dict(_origins("", root)))


@dataclass(frozen=True, slots=True)
class _Leaf:
    value: Json
    layer: str


@dataclass(slots=True)
class _Branch:
    """An object, or with `by` a list of objects told apart by that field."""

    layer: str
    by: str | None = None
    under: dict[str, "_Leaf | _Branch"] = field(default_factory=dict)


def _lay_object(below: _Branch, document: Mapping[str, Json], layer: str) -> None:
    for name, value in document.items():
        if value is None:
            below.under.pop(name, None)
        else:
            below.under[name] = _laid(below.under.get(name), name, value, layer)


def _laid(below: _Leaf | _Branch | None, name: str, value: Json, layer: str) -> _Leaf | _Branch:
    if isinstance(value, dict):
        branch = below if isinstance(below, _Branch) and below.by is None else _Branch(layer)
        branch.layer = layer
        _lay_object(branch, value, layer)
        return branch
    by = NAMED_BY.get(name)
    if by is not None and isinstance(value, list):
        listed = isinstance(below, _Branch) and below.by == by
        entries = _entries(value, by)
        if entries or (listed and not value):
            branch = below if listed and isinstance(below, _Branch) else _Branch(layer, by)
            branch.layer = layer
            _lay_entries(branch, entries, layer)
            return branch
    return _Leaf(value, layer)


def _entries(values: Sequence[Json], by: str) -> list[tuple[str, dict[str, Json]]]:
    """The entries by their names; none at all when one of them has no name."""
    named = [(entry[by], entry) for entry in values if isinstance(entry, dict) and _is_name(entry.get(by))]
    return named if len(named) == len(values) else []


def _is_name(value: Json) -> bool:
    return isinstance(value, str) and value != ""


def _lay_entries(below: _Branch, entries: Sequence[tuple[str, dict[str, Json]]], layer: str) -> None:
    for name, entry in entries:
        if entry.get("removed") is True:
            below.under.pop(name, None)
            continue
        said = {key: value for key, value in entry.items() if key != "removed"}
        below.under[name] = _laid(below.under.get(name), name, said, layer)


def _document(node: _Leaf | _Branch) -> Json:
    if isinstance(node, _Leaf):
        return node.value
    if node.by is not None:
        return [_document(entry) for entry in node.under.values()]
    return _object(node)


def _object(branch: _Branch) -> dict[str, Json]:
    return {name: _document(node) for name, node in branch.under.items()}


def _origins(path: str, node: _Leaf | _Branch) -> Iterator[tuple[str, str]]:
    if isinstance(node, _Leaf) or not node.under:
        if path:
            yield path, node.layer
        return
    for name, under in node.under.items():
        yield from _origins(f"{path}/{_escaped(name)}", under)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
