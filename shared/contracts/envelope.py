"""CloudEvents 1.0 in Kafka binary mode: how a message travels.

The attributes are record headers (`ce_*`), the message is the record's value, as JSON. The version of a message is in
`ce_dataschema`. Source: CloudEvents 1.0.2, Kafka protocol binding 1.0.2, section 3.2.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.contracts.message import Message
from shared.contracts.streams import Stream
from shared.contracts.upcast import upcast

Headers = tuple[tuple[str, bytes], ...]
SCHEMA_PREFIX = "urn:corale:contracts:"


class Unreadable(ValueError):
    """A record of a known type whose headers or body cannot be understood; the text says why."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message as it was told: by whom, when, because of which other, and within which trace."""

    id: str
    source: str
    time: datetime
    body: Message
    cause: str | None = None
    trace: Mapping[str, str] = field(default_factory=dict)


def headers_of(envelope: Envelope) -> Headers:
    """The record headers of an envelope."""
    body = envelope.body
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", envelope.id.encode()),
        ("ce_type", body.type().encode()),
        ("ce_source", envelope.source.encode()),
        ("ce_time", envelope.time.astimezone(UTC).isoformat().encode()),
        ("ce_subject", body.key.encode()),
        ("ce_dataschema", f"{SCHEMA_PREFIX}{body.type()}:{body.version}".encode()),
        ("content-type", b"application/json"),
    ]
    if envelope.cause:
        headers.append(("ce_causationid", envelope.cause.encode()))
    headers += [(name, value.encode()) for name, value in envelope.trace.items()]
    return tuple(headers)


def value_of(envelope: Envelope) -> bytes:
    """The record value of an envelope: the message as JSON, with what equals its default left out."""
    return envelope.body.model_dump_json(exclude_defaults=True).encode()


def type_of(headers: Iterable[tuple[str, bytes | None]]) -> str | None:
    """The CloudEvents type of a record, without reading anything else of it."""
    return next(
        (value.decode(errors="replace") for name, value in headers if name == "ce_type" and value is not None), None
    )


def read(
    headers: Iterable[tuple[str, bytes | None]], value: bytes | None, known: Mapping[str, type[Message]]
) -> Envelope | None:
    """The envelope of a record, or `None` for a type that is not in `known` (a newer producer is not an error).

    Raises `Unreadable` for a known type with a bad body, a missing attribute or a version without an upcaster.
    """
    named = {name: raw.decode(errors="replace") for name, raw in headers if raw is not None}
    if (kind := known.get(named.get("ce_type", ""))) is None:
        return None
    try:
        return Envelope(
            id=named["ce_id"],
            source=named["ce_source"],
            time=_with_zone(named["ce_time"]),
            body=_body(kind, named.get("ce_dataschema", ""), value or b""),
            cause=named.get("ce_causationid"),
            trace={name: named[name] for name in ("traceparent", "tracestate") if name in named},
        )
    except KeyError as missing:
        raise Unreadable(f"{kind.type()}: header {missing} is missing") from missing
    except ValidationError as problems:
        # Inputs are left out: what a message holds is nobody's business in a log or a dead letter's reason.
        listed = problems.errors(include_input=False, include_url=False, include_context=False)
        raise Unreadable(f"{kind.type()}: {'; '.join(_in_words(one) for one in listed)}") from None
    except (LookupError, ValueError, RecursionError) as problem:
        raise Unreadable(f"{kind.type()}: {problem}") from None


def _in_words(problem: ErrorDetails) -> str:
    return f"{'.'.join(str(part) for part in problem['loc']) or 'body'}: {problem['msg']}"


def _with_zone(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"ce_time {text!r} has no time zone")
    return time


def _body(kind: type[Message], schema: str, value: bytes) -> Message:
    version = int(schema.rpartition(":")[2]) if schema.startswith(SCHEMA_PREFIX) else kind.version
    if version == kind.version:
        return kind.model_validate_json(value)
    return kind.model_validate(upcast(kind.type(), version, json.loads(value), to=kind.version), strict=False)


def known_types(*streams: Stream, only: Iterable[type[Message]] | None = None) -> dict[str, type[Message]]:
    """Name → class for the members of `streams`, or for those of `only` among them."""
    wanted = None if only is None else set(only)
    return {kind.type(): kind for stream in streams for kind in stream.members if wanted is None or kind in wanted}
