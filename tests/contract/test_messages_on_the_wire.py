"""Whatever was ever told stays readable, and what cannot be read says why."""

import json
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from shared.contracts.envelope import SCHEMA_PREFIX, Unreadable, headers_of, read, type_of, value_of
from shared.contracts.message import Message
from tests.contract.golden import FOLDER, KNOWN, Golden, every_golden, name_of
from tests.contract.told import BODIES, telling

GOLDEN = tuple(every_golden())
BY_TYPE = {body.type(): body for body in BODIES}
NEEDED_HEADERS = ("ce_id", "ce_source", "ce_time")

each_golden = pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: f"{golden.type}.v{golden.version}")


def test_every_message_has_a_golden_file_for_every_version_it_ever_had() -> None:
    needed = {f"{kind.type()}.v{version}.json" for kind in KNOWN.values() for version in range(1, kind.version + 1)}
    assert {file.name for file in FOLDER.glob("*.json")} == needed
    assert {name_of(type(body)) for body in BODIES} == {name_of(kind) for kind in KNOWN.values()}


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.type())
def test_golden_messages_say_every_field(body: Message) -> None:
    assert list(_unsaid(body, body.type())) == []


@each_golden
def test_a_golden_message_means_what_it_meant(golden: Golden) -> None:
    assert read(golden.headers, golden.value, KNOWN) == telling(BY_TYPE[golden.type])


@each_golden
def test_a_golden_message_told_again_travels_the_same(golden: Golden) -> None:
    told = read(golden.headers, golden.value, KNOWN)
    assert told is not None
    if golden.version == told.body.version:
        assert dict(headers_of(told)) == dict(golden.headers)
        assert json.loads(value_of(told)) == json.loads(golden.value)


@each_golden
def test_a_field_of_a_newer_writer_is_ignored(golden: Golden) -> None:
    body = json.loads(golden.value) | {"a_field_of_tomorrow": {"deep": [1]}}
    assert read(golden.headers, json.dumps(body).encode(), KNOWN) == telling(BY_TYPE[golden.type])


def test_a_type_of_a_newer_writer_is_nothing_to_us() -> None:
    first = GOLDEN[0]
    headers = dict(first.headers) | {"ce_type": b"SomethingOfTomorrow"}
    assert read(headers.items(), first.value, KNOWN) is None
    assert read([("x", b"y")], b"not ours", KNOWN) is None


def test_the_type_is_known_without_reading_the_rest() -> None:
    assert {type_of(golden.headers) for golden in GOLDEN} == set(KNOWN)
    assert type_of([]) is None


@each_golden
@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"null", b"\xff", b'{"deployment_id": 7}', None])
def test_a_known_type_with_a_bad_body_is_unreadable(golden: Golden, value: bytes | None) -> None:
    with pytest.raises(Unreadable, match=golden.type):
        read(golden.headers, value, KNOWN)


@each_golden
@pytest.mark.parametrize("missing", NEEDED_HEADERS)
def test_a_message_without_a_needed_header_is_unreadable(golden: Golden, missing: str) -> None:
    headers = tuple((name, value) for name, value in golden.headers if name != missing)
    with pytest.raises(Unreadable, match=missing):
        read(headers, golden.value, KNOWN)


@pytest.mark.parametrize("time", [b"", b"yesterday", b"\xff"])
def test_a_message_of_no_known_time_is_unreadable(time: bytes) -> None:
    headers = dict(GOLDEN[0].headers) | {"ce_time": time}
    with pytest.raises(Unreadable, match=GOLDEN[0].type):
        read(headers.items(), GOLDEN[0].value, KNOWN)


@each_golden
@pytest.mark.parametrize("version", ["2000", "0", "x"])
def test_a_version_that_nobody_here_can_lift_is_unreadable(golden: Golden, version: str) -> None:
    headers = dict(golden.headers) | {"ce_dataschema": f"{SCHEMA_PREFIX}{golden.type}:{version}".encode()}
    with pytest.raises(Unreadable, match=golden.type):
        read(headers.items(), golden.value, KNOWN)


def _unsaid(part: BaseModel, path: str) -> Iterator[str]:
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if not field.is_required() and value == field.get_default(call_default_factory=True):
            yield f"{path}.{name}"
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, BaseModel):
                yield from _unsaid(inner, f"{path}.{name}")
