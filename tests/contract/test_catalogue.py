"""What is generated follows from the code, is what it says it is, and fits what really travels."""

import json
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator

from docs.generate import ALL, ROOT, differences, generated, refusals
from docs.schemas import breaking_changes
from shared.contracts.streams import STREAMS
from shared.contracts.topology import Json
from tests.contract.golden import Golden, every_golden

GENERATED = generated()
DOCUMENT: Json = json.loads(GENERATED["docs/asyncapi.json"])
GOLDEN = tuple(every_golden())

REFERENCE = {"type": "object", "required": ["$ref"], "properties": {"$ref": {"type": "string", "pattern": "^#/"}}}
ASYNCAPI = {
    "type": "object",
    "required": ["asyncapi", "info", "channels", "operations", "components"],
    "properties": {
        "asyncapi": {"const": "3.0.0"},
        "info": {"type": "object", "required": ["title", "version"]},
        "channels": {
            "propertyNames": {"pattern": r"^[A-Za-z0-9._-]+$"},
            "additionalProperties": {
                "required": ["address", "messages", "bindings"],
                "properties": {
                    "messages": {"minProperties": 1, "additionalProperties": REFERENCE},
                    "bindings": {
                        "required": ["kafka"],
                        "properties": {
                            "kafka": {
                                "required": ["topic", "partitions", "topicConfiguration", "bindingVersion"],
                                "properties": {
                                    "partitions": {"type": "integer", "minimum": 1},
                                    "topicConfiguration": {
                                        "required": ["cleanup.policy"],
                                        "properties": {
                                            "cleanup.policy": {"items": {"enum": ["compact", "delete"]}, "minItems": 1}
                                        },
                                    },
                                },
                            }
                        },
                    },
                },
            },
        },
        "operations": {
            "additionalProperties": {
                "required": ["action", "channel", "messages"],
                "properties": {
                    "action": {"enum": ["send", "receive"]},
                    "channel": REFERENCE,
                    "messages": {"type": "array", "items": REFERENCE, "minItems": 1},
                },
            }
        },
        "components": {
            "required": ["messages", "schemas"],
            "properties": {
                "messages": {
                    "additionalProperties": {
                        "required": ["name", "contentType", "headers", "payload", "bindings"],
                        "properties": {"bindings": {"properties": {"kafka": {"required": ["key"]}}}},
                    }
                }
            },
        },
    },
}


@pytest.mark.parametrize("name", GENERATED)
def test_what_is_generated_follows_from_the_code(name: str) -> None:
    changed = "\n".join(differences({name: GENERATED[name]}))
    assert not changed, f"`make contracts` would change this:\n{changed}"


def test_no_snapshot_was_broken() -> None:
    assert list(refusals(GENERATED)) == []


def test_every_snapshot_belongs_to_a_message() -> None:
    snapshots = {str(file.relative_to(ROOT)) for file in (ROOT / "tests/contract/schemas").glob("*.json")}
    older = {f"tests/contract/schemas/{golden.type}.v{golden.version}.json" for golden in GOLDEN}
    assert snapshots == older


def test_the_document_is_asyncapi() -> None:
    Draft202012Validator(ASYNCAPI).validate(DOCUMENT)
    assert {channel["address"] for channel in DOCUMENT["channels"].values()} == {stream.topic for stream in ALL}


def test_every_reference_in_the_document_leads_somewhere() -> None:
    references = set(_references(DOCUMENT))
    assert references
    for reference in references:
        assert _follow(reference), reference


def test_compacted_streams_are_told_apart() -> None:
    policies = {
        channel["address"]: channel["bindings"]["kafka"]["topicConfiguration"]["cleanup.policy"]
        for channel in DOCUMENT["channels"].values()
    }
    for stream in STREAMS:
        assert policies[stream.topic] == ["compact" if stream.compacted else "delete"]


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: f"{golden.type}.v{golden.version}")
def test_what_travels_fits_its_schema(golden: Golden) -> None:
    message = DOCUMENT["components"]["messages"][golden.type]
    document = {"components": DOCUMENT["components"]}
    Draft202012Validator.check_schema(message["payload"])
    Draft202012Validator(message["payload"] | document).validate(json.loads(golden.value))
    Draft202012Validator(message["headers"]).validate({name: value.decode() for name, value in golden.headers})


def test_the_page_names_every_message() -> None:
    page = GENERATED["docs/contracts.md"]
    assert [golden.type for golden in GOLDEN if f"| `{golden.type}` |" not in page] == []


BEFORE: Json = {
    "title": "TrialFailed",
    "properties": {
        "trial": {"type": "integer", "title": "Trial"},
        "cause": {"$ref": "#/$defs/Cause"},
        "detail": {"type": "string", "default": ""},
    },
    "required": ["trial", "cause"],
    "$defs": {"Cause": {"enum": ["quota", "image"]}},
}


@pytest.mark.parametrize(
    "compatible",
    [
        {"properties": {**BEFORE["properties"], "site": {"type": "string", "default": ""}}},
        {
            "properties": {
                **BEFORE["properties"],
                "trial": {"type": "integer", "title": "Number", "description": "Its number."},
            }
        },
        {"description": "In other words."},
    ],
)
def test_an_optional_field_or_other_words_break_nobody(compatible: Json) -> None:
    assert list(breaking_changes(BEFORE, BEFORE | compatible)) == []


@pytest.mark.parametrize(
    ("breaking", "said"),
    [
        ({"properties": {**BEFORE["properties"], "trial": {"type": "string"}}}, "trial was"),
        ({"properties": {"trial": {"type": "integer"}, "cause": {"$ref": "#/$defs/Cause"}}}, "detail is gone"),
        ({"properties": {**BEFORE["properties"], "detail": {"type": "string", "default": "none"}}}, "detail was"),
        ({"required": ["trial", "cause", "detail"]}, "detail must be said now"),
        ({"required": ["trial"]}, "cause need not be said any more"),
        (
            {"properties": {**BEFORE["properties"], "at": {"type": "string"}}, "required": ["trial", "cause", "at"]},
            "at is new and must be said",
        ),
        ({"$defs": {"Cause": {"enum": ["quota", "image", "network"]}}}, "Cause was one of"),
    ],
)
def test_a_change_that_breaks_readers_is_refused(breaking: Json, said: str) -> None:
    (told,) = breaking_changes(BEFORE, BEFORE | breaking)
    assert said in told


def _references(part: Json) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


def _follow(reference: str) -> Json:
    place = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        place = place[step]
    return place
