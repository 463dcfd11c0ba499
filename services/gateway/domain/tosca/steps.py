"""Steps into values and into schemas, and what is said when there is no such step."""

from collections.abc import Callable

from services.gateway.domain.tosca.model import Deferred
from services.gateway.domain.tosca.problems import Report, place
from services.gateway.domain.tosca.scope import Scope
from services.gateway.domain.tosca.types import ANYTHING, Schema
from shared.contracts.topology import Json, Path

Optional = Callable[[int], bool]


def wrong(report: Report, message: str, found: Json, path: Path, code: str = "function") -> Json:
    """A function that cannot be: reported, and null in its place."""
    report.refuse(code, path, f"{message[:200]} (at {place(path)})", found)
    return None


def walk(report: Report, value: Json, parts: list[Json], path: Path, optional: Optional = lambda _index: False) -> Json:
    """Into a value by keys and positions. What cannot be entered is a problem; what is deferred is left alone.

    `optional` says whether the first so many parts, all of them known but the last, may be left out of the value.
    """
    for index, part in enumerate(parts):
        if value is None or type(value) is Deferred:
            return value
        if not _has(value, part):
            if isinstance(value, dict) and optional(index):
                return None
            return wrong(report, f"there is nothing at `{part}` in the value", part, path, "bad-path")
        value = value[part]
    return value


def _has(value: Json, part: Json) -> bool:
    if isinstance(value, dict):
        return isinstance(part, str) and part in value
    return isinstance(value, list) and type(part) is int and 0 <= part < len(value)


def descend(scope: Scope, schema: Schema, parts: list[Json]) -> Json:
    """The first part that cannot be taken into a value of the schema, or None if all can."""
    for part in parts:
        if not schema.type or type(part) is Deferred:
            return None
        if schema.type == "list":
            if type(part) is not int:
                return part
            schema = schema.entry or ANYTHING
        elif schema.type == "map":
            schema = schema.entry or ANYTHING
        else:
            found = scope.find("data_types", schema.type)
            if found is None or not isinstance(part, str) or part not in found.properties:
                return part
            schema = found.properties[part].schema
    return None


def fields_of(scope: Scope, schema: Schema, parts: list[Json]) -> Optional:
    """Whether a part of a path is a field of a data type, which may be left out of a value if it is not required."""

    def is_field(index: int) -> bool:
        here: Schema | None = schema
        for part in parts[:index]:
            here = _inside(scope, here, part)
        found = scope.find("data_types", (here or ANYTHING).type)
        return found is not None and parts[index] in found.properties

    return is_field


def _inside(scope: Scope, schema: Schema | None, part: Json) -> Schema | None:
    if schema is None or schema.type in ("list", "map"):
        return schema.entry if schema else None
    found = scope.find("data_types", schema.type)
    declared = found.properties.get(part) if found is not None and isinstance(part, str) else None
    return declared.schema if declared else None
