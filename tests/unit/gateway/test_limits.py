"""Nobody gets more than his share, and everybody is told when to come again."""

import asyncio
from datetime import datetime, timedelta

import pytest
from starlette.types import Message, Receive, Scope, Send

from services.gateway.api.limits import Patience
from services.gateway.app.limits import Buckets, Rate
from tests.support.builders import NOON


class Watch:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def test_a_burst_gets_through_and_the_rest_waits_as_long_as_it_is_told() -> None:
    watch = Watch()
    buckets = Buckets(Rate(0.5, 3), watch)

    assert [buckets.take("ada") for _ in range(4)] == [0, 0, 0, 2]
    watch.now += timedelta(seconds=2)
    assert [buckets.take("ada") for _ in range(2)] == [0, 2]


def test_everybody_has_a_bucket_of_his_own() -> None:
    buckets = Buckets(Rate(1, 1), Watch())

    assert [buckets.take(name) for name in ("ada", "bob", "ada")] == [0, 0, 1]


def test_a_rate_of_none_is_no_limit() -> None:
    buckets = Buckets(Rate(), Watch())

    assert not any(buckets.take("ada") for _ in range(1000))


def test_a_clock_that_goes_back_gives_nobody_more() -> None:
    watch = Watch()
    buckets = Buckets(Rate(1, 1), watch)
    buckets.take("ada")
    watch.now -= timedelta(hours=1)

    assert buckets.take("ada") == 1


async def reading(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that reads its whole body first."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"read"})


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    sent: list[Message] = []
    pieces = iter([{"type": "http.request", "body": b"{", "more_body": True}])

    async def dripping() -> Message:
        for piece in pieces:
            return piece
        await asyncio.Event().wait()
        raise AssertionError

    async def keep(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "POST", "path": "/deployments", "headers": [], "query_string": b""}
    await Patience(reading, body_seconds=0.01)(scope, dripping, keep)

    headers = dict(sent[0]["headers"])
    assert sent[0]["status"] == 408
    assert headers[b"retry-after"] == b"1"
    assert headers[b"connection"] == b"close"
    assert b'"code":408' in sent[1]["body"]


async def test_a_client_that_takes_nothing_is_let_go() -> None:
    async def whole() -> Message:
        return {"type": "http.request", "body": b""}

    async def stuck(_: Message) -> None:
        await asyncio.Event().wait()

    scope: Scope = {"type": "http", "method": "GET", "path": "/deployments", "headers": []}
    with pytest.raises(TimeoutError):
        await Patience(reading, send_seconds=0.01)(scope, whole, stuck)


async def test_after_its_body_a_client_may_stay_silent_as_long_as_it_likes() -> None:
    async def listening(_: Scope, receive: Receive, send: Send) -> None:
        await receive()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    sent: list[Message] = []
    pieces = iter([{"type": "http.request", "body": b"{}"}])

    async def then_silence() -> Message:
        for piece in pieces:
            return piece
        await asyncio.Event().wait()
        raise AssertionError

    async def keep(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "GET", "path": "/deployments", "headers": []}
    await Patience(listening, body_seconds=0.01)(scope, then_silence, keep)

    assert sent[0]["status"] == 200
