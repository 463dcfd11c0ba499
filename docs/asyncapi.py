"""The streams as an AsyncAPI 3.0 document: CloudEvents headers, JSON payloads, Kafka bindings."""

from collections.abc import Iterable
from typing import Final

from shared.contracts.envelope import SCHEMA_PREFIX
from shared.contracts.message import Message
from shared.contracts.streams import MAX_EVENT_BYTES, Stream
from shared.contracts.topology import Json

BINDING: Final = "0.5.0"
TEXT: Final[dict[str, Json]] = {"type": "string", "minLength": 1}


def asyncapi(streams: Iterable[Stream]) -> Json:
    """The document, ready to be written as JSON."""
    known = tuple(streams)
    messages = {kind.type(): (kind, stream) for stream in known for kind in stream.members}
    schemas: dict[str, Json] = {}
    return {
        "asyncapi": "3.0.0",
        "id": "urn:corale:contracts",
        "info": {
            "title": "Corale",
            "version": "1.0.0",
            "description": "What the services of Corale tell each other. CloudEvents 1.0 in Kafka binary mode.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {_id(stream): _channel(stream) for stream in known},
        "operations": {name: step for stream in known for name, step in _operations(stream).items()},
        "components": {
            "messages": {name: _message(kind, stream, schemas) for name, (kind, stream) in sorted(messages.items())},
            "schemas": dict(sorted(schemas.items())),
        },
    }


def _id(stream: Stream) -> str:
    return stream.topic.replace("{", "").replace("}", "")


def _channel(stream: Stream) -> Json:
    kept = {"cleanup.policy": ["compact"]} if stream.compacted else _deleted_after(stream)
    channel: dict[str, Json] = {
        "address": stream.topic,
        "description": f"Key: {stream.key}. What could not be read or handled goes to `{stream.dead}`.",
        "messages": {kind.type(): {"$ref": f"#/components/messages/{kind.type()}"} for kind in stream.members},
        "bindings": {
            "kafka": {
                "topic": stream.topic,
                "partitions": stream.partitions,
                "topicConfiguration": kept | {"max.message.bytes": MAX_EVENT_BYTES},
                "bindingVersion": BINDING,
            }
        },
    }
    if "{backend}" in stream.topic:
        channel["parameters"] = {"backend": {"description": "The name of a backend folder of the deployer."}}
    return channel


def _deleted_after(stream: Stream) -> dict[str, Json]:
    return {"cleanup.policy": ["delete"], "retention.ms": int(stream.retention.total_seconds() * 1000)}


def _operations(stream: Stream) -> dict[str, Json]:
    channel = f"#/channels/{_id(stream)}"
    return {
        f"{owner}.tells.{_id(stream)}": {
            "action": "send",
            "channel": {"$ref": channel},
            "summary": f"{owner} tells",
            "messages": [
                {"$ref": f"{channel}/messages/{kind.type()}"}
                for kind, teller in stream.members.items()
                if teller == owner
            ],
        }
        for owner in dict.fromkeys(stream.members.values())
    }


def _message(kind: type[Message], stream: Stream, schemas: dict[str, Json]) -> Json:
    payload = kind.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= payload.pop("$defs", {})
    return {
        "name": kind.type(),
        "title": kind.type(),
        "summary": (kind.__doc__ or "").splitlines()[0],
        "contentType": "application/json",
        "headers": _headers(kind),
        "payload": payload,
        "bindings": {"kafka": {"key": {"type": "string", "description": stream.key}, "bindingVersion": BINDING}},
    }


def _headers(kind: type[Message]) -> Json:
    properties: dict[str, Json] = {
        "ce_specversion": {"const": "1.0"},
        "ce_id": TEXT,
        "ce_type": {"const": kind.type()},
        "ce_source": TEXT,
        "ce_time": TEXT | {"format": "date-time"},
        "ce_subject": TEXT | {"description": "the record's key"},
        "ce_dataschema": {"const": f"{SCHEMA_PREFIX}{kind.type()}:{kind.version}"},
        "content-type": {"const": "application/json"},
    }
    optional = {
        "ce_causationid": TEXT | {"description": "the id of the message this one follows from"},
        "traceparent": TEXT,
        "tracestate": TEXT,
    }
    return {"type": "object", "properties": properties | optional, "required": list(properties)}
