"""The streams as a page for people."""

import types
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import Enum
from inspect import cleandoc
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from shared.contracts.message import Message
from shared.contracts.streams import DEAD_SUFFIX, Stream

HEAD = f"""\
# Contracts

Generated from `shared/contracts` by `make contracts`; do not edit. For machines: [asyncapi.json](asyncapi.json).

Messages are CloudEvents 1.0 in Kafka binary mode: the attributes are record headers (`ce_*`), the message is the
record's value as JSON, with what equals its default left out. A field with `?` need not be said. Unknown fields and
unknown types are ignored; what is known and unreadable goes to the topic's `{DEAD_SUFFIX}` with its reason.
"""
PLAIN = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "yes/no",
    datetime: "time",
    AwareDatetime: "time",
    timedelta: "duration",
    Any: "json",
}
COLUMNS = ("Message", "Meaning", "Said by", "Topic", "Key", "Version", "Fields")


def catalogue(public: Iterable[Stream], private: Iterable[Stream]) -> str:
    """The page: a table for what services tell each other, one for what stays inside one, and the parts of both."""
    told, orders = tuple(public), tuple(private)
    kinds = [kind for stream in (*told, *orders) for kind in stream.members]
    lines = [HEAD, "## Between services", "", *_streams(told), "", *_table(told), ""]
    lines += ["## Inside the deployer", "", *_streams(orders), "", *_table(orders), "", "## Parts", ""]
    for part in sorted(_parts(kinds), key=lambda part: part.__name__):
        lines += _part(part)
    return "\n".join(lines)


def _streams(streams: Iterable[Stream]) -> Iterator[str]:
    for stream in streams:
        kept = "the last word per key is kept" if stream.compacted else f"kept for {stream.retention.days} days"
        partitions = "1 partition" if stream.partitions == 1 else f"{stream.partitions} partitions"
        yield f"* `{stream.topic}`: {partitions}, {kept}."


def _table(streams: Iterable[Stream]) -> Iterator[str]:
    yield _row(COLUMNS)
    yield _row("---" for _ in COLUMNS)
    for stream in streams:
        for kind, owner in stream.members.items():
            fields = ", ".join(_field(name, field) for name, field in kind.model_fields.items())
            meaning = _meaning(kind)
            yield _row((f"`{kind.type()}`", meaning, owner, f"`{stream.topic}`", stream.key, str(kind.version), fields))


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _meaning(kind: type[Message]) -> str:
    return (kind.__doc__ or "").splitlines()[0]


def _part(part: type) -> Iterator[str]:
    yield f"### {part.__name__}"
    yield ""
    yield cleandoc(part.__doc__ or "")
    yield ""
    if issubclass(part, Enum):
        yield " · ".join(f"`{case.value}`" for case in part)
    elif issubclass(part, BaseModel):
        yield from (f"* {_field(name, field)}" for name, field in part.model_fields.items())
    yield ""


def _field(name: str, field: FieldInfo) -> str:
    return f"`{name}`{'' if field.is_required() else '?'}: {_kind(field.annotation)}"


def _kind(annotation: Any) -> str:
    origin = get_origin(annotation)
    arguments = [argument for argument in get_args(annotation) if argument not in (type(None), ...)]
    if origin is Annotated:
        return _kind(arguments[0])
    if origin in (Union, types.UnionType):
        return " or ".join(_kind(argument) for argument in arguments)
    if origin is tuple:
        return f"list of {' or '.join(_kind(argument) for argument in arguments)}"
    if origin is dict:
        return f"map of {_kind(arguments[1])}"
    return PLAIN.get(annotation) or _name(annotation)


def _name(annotation: Any) -> str:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel | Enum):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return str(getattr(annotation, "__name__", annotation))


def _parts(kinds: Iterable[type[BaseModel]]) -> set[type]:
    found: set[type] = set()
    waiting: list[type[BaseModel]] = list(kinds)
    while waiting:
        for field in waiting.pop().model_fields.values():
            for part in _inside(field.annotation):
                if isinstance(part, type) and issubclass(part, BaseModel | Enum) and part not in found:
                    found.add(part)
                    waiting += [part] if issubclass(part, BaseModel) else []
    return found


def _inside(annotation: object) -> Iterator[object]:
    yield annotation
    for argument in get_args(annotation):
        yield from _inside(argument)
