"""The JSON Schema of every message, and whether a change of one breaks its readers."""

from collections.abc import Iterable, Iterator

from shared.contracts.message import Message
from shared.contracts.topology import Json

PROSE = frozenset({"title", "description", "examples"})


def snapshots(kinds: Iterable[type[Message]]) -> dict[str, Json]:
    """File name → schema of each message in its current version."""
    ordered = sorted(kinds, key=lambda kind: kind.type())
    return {f"{kind.type()}.v{kind.version}.json": kind.model_json_schema() for kind in ordered}


def breaking_changes(before: Json, after: Json) -> Iterator[str]:
    """Whatever is more than an addition of optional fields.

    A default counts as meaning: it is left out on the wire, so its reader must have the same one.
    """
    old, new = _objects(before), _objects(after)
    for name, shape in old.items():
        if name in new:
            yield from _changes_of(name, shape, new[name])


def _objects(schema: Json) -> dict[str, Json]:
    return {schema.get("title", "message"): schema, **schema.get("$defs", {})}


def _changes_of(name: str, before: Json, after: Json) -> Iterator[str]:
    old, new = before.get("properties", {}), after.get("properties", {})
    was, now = set(before.get("required", ())), set(after.get("required", ()))
    for field in old:
        if field not in new:
            yield f"{name}.{field} is gone"
        elif _bare(old[field]) != _bare(new[field]):
            yield f"{name}.{field} was {_bare(old[field])}, is {_bare(new[field])}"
        elif (field in was) != (field in now):
            yield f"{name}.{field} {'need not be said any more' if field in was else 'must be said now'}"
    for field in new.keys() & now - old.keys():
        yield f"{name}.{field} is new and must be said"
    if before.get("enum") != after.get("enum"):
        yield f"{name} was one of {before.get('enum')}, is one of {after.get('enum')}"


def _bare(schema: Json) -> Json:
    if isinstance(schema, dict):
        return {key: _bare(value) for key, value in schema.items() if key not in PROSE}
    return [_bare(part) for part in schema] if isinstance(schema, list) else schema
