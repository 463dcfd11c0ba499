"""Whatever a site answers, its reader gets an answer or a sentence, and the sentence gives nothing away."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta

import httpx
import pytest

from services.cmdb.adapters.discovery.client import Absent, Bounds, Client, Forbidden, Question
from shared.contracts.topology import Json
from shared.failures import Failure, NeedsPerson, Transient
from tests.support.builders import NOON

SITE = "https://user:pw@cnaf.example:5000/v3/things?key=s3cret"
SHOWN = "https://cnaf.example:5000/v3/things"
BOUNDS = Bounds(patience=timedelta(seconds=5), size=1000, redirections=3)
Handler = Callable[[httpx.Request], httpx.Response]


async def ask(
    transport: httpx.AsyncBaseTransport, url: str = SITE, *, method: str = "GET", bounds: Bounds = BOUNDS
) -> Json:
    headers: Mapping[str, str] = {"X-Auth-Token": "s3cret"}
    async with Client(lambda: NOON, bounds, transport=transport).open() as session:
        return await session.json(Question("The things", url, method=method, headers=headers))


async def refused(transport: httpx.AsyncBaseTransport, kind: type[Failure] = Transient, **options: Json) -> str:
    with pytest.raises(kind) as caught:
        await ask(transport, **options)
    assert "s3cret" not in str(caught.value)
    assert "pw" not in str(caught.value)
    return str(caught.value)


def site(handler: Handler) -> httpx.MockTransport:
    return httpx.MockTransport(handler)


def answering(content: bytes, status: int = 200, **headers: str) -> httpx.MockTransport:
    return site(lambda _: httpx.Response(status, headers=headers, stream=httpx.ByteStream(content)))


async def test_a_good_answer_is_read() -> None:
    assert await ask(answering(b'{"things": [1]}')) == {"things": [1]}


async def test_a_site_that_never_answers_is_left_after_a_while() -> None:
    class Hanging(httpx.AsyncBaseTransport):
        async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError

    bounds = Bounds(patience=timedelta(milliseconds=10))
    assert await refused(Hanging(), bounds=bounds) == f"The things at {SHOWN} did not come within 0.01 s."


async def test_a_site_that_drips_for_ever_is_left_too() -> None:
    class Dripping(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b""
                await asyncio.sleep(0)

    bounds = Bounds(patience=timedelta(milliseconds=10))
    sentence = await refused(site(lambda _: httpx.Response(200, stream=Dripping())), bounds=bounds)
    assert sentence.endswith("did not come within 0.01 s.")


async def test_an_answer_without_end_is_read_up_to_its_bound() -> None:
    taken = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            nonlocal taken
            while True:
                taken += 100
                yield b"x" * 100

    sentence = await refused(site(lambda _: httpx.Response(200, stream=Endless())))
    assert sentence == f"The things at {SHOWN} are more than 0.001 MB."
    assert taken <= BOUNDS.size + 200


async def test_nothing_packed_is_asked_for() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        return httpx.Response(200, stream=httpx.ByteStream(b"1"))

    assert await ask(site(handler)) == 1


@pytest.mark.parametrize(
    "garbage",
    [b"", b"<html>Sign in</html>", b"\xff\xfe\x00", b'{"things": [', b"[" * 500 + b"]" * 500 + b"x", b"9" * 900 * 5],
)
async def test_garbage_is_no_answer(garbage: bytes) -> None:
    bounds = Bounds(size=10_000)
    sentence = await refused(answering(garbage), bounds=bounds)
    assert sentence == f"The things: {SHOWN} answers with what is no JSON."


async def test_an_answer_nested_too_deep_is_no_answer() -> None:
    depth = 200_000
    bounds = Bounds()
    assert "no JSON" in await refused(answering(b"[" * depth + b"]" * depth), bounds=bounds)


async def test_redirections_inside_the_site_are_followed() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v3/things":
            return httpx.Response(301, headers={"Location": "/v3/things/"})
        assert request.headers["X-Auth-Token"] == "s3cret"
        return httpx.Response(200, stream=httpx.ByteStream(b'["here"]'))

    assert await ask(site(handler)) == ["here"]


async def test_redirections_in_a_circle_end() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": "/v3/things"})

    assert await refused(site(handler)) == f"The things: {SHOWN} redirects without end."
    assert len(asked) == BOUNDS.redirections + 1


@pytest.mark.parametrize(
    "location",
    ["https://evil.example/v3/things", "http://cnaf.example:5000/", "//evil.example", "https://cnaf.example/"],
)
async def test_our_credentials_are_carried_to_no_other_place(location: str) -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(307, headers={"Location": location})

    assert "sends us elsewhere" in await refused(site(handler))
    assert asked == ["cnaf.example"]


async def test_a_login_is_not_redirected() -> None:
    transport = answering(b"", 302, Location="/v3/things/")
    assert "sends us elsewhere" in await refused(transport, method="POST")


@pytest.mark.parametrize("location", ["http://[", "https://\x00", "https://a b:x/"])
async def test_a_redirection_to_no_address_is_a_sentence(location: str) -> None:
    assert SHOWN in await refused(answering(b"", 302, Location=location))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, NeedsPerson),
        (403, Forbidden),
        (404, Absent),
        (406, Absent),
        (410, Absent),
        (429, Transient),
        (500, Transient),
    ],
)
async def test_a_refusal_says_its_status(status: int, kind: type[Failure]) -> None:
    sentence = await refused(answering(b"the key s3cret is wrong", status), kind)
    assert f"(status {status})" in sentence or f"with status {status}" in sentence
    assert SHOWN in sentence


@pytest.mark.parametrize(
    ("said", "understood"),
    [("120", timedelta(minutes=2)), ("9" * 30, timedelta(days=1)), ("soon", None), ("-1", None), ("²", None)],
)
async def test_a_site_may_say_when_to_come_again(said: str, understood: timedelta | None) -> None:
    transport = site(lambda _: httpx.Response(503, headers=[(b"Retry-After", said.encode("latin-1"))]))
    with pytest.raises(Transient) as caught:
        await ask(transport)
    assert caught.value.retry_after == understood


@pytest.mark.parametrize("trouble", [httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError, httpx.ReadTimeout])
async def test_trouble_on_the_way_is_named(trouble: type[httpx.TransportError]) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise trouble("s3cret inside", request=request)

    assert trouble.__name__ in await refused(site(handler))


@pytest.mark.parametrize("url", ["", "cnaf", "ftp://cnaf.example", "http://", "file:///etc/passwd"])
async def test_an_address_that_is_none_is_a_sentence(url: str) -> None:
    with pytest.raises(Failure):
        await ask(answering(b"{}"), url)


async def test_an_authority_that_cannot_be_read_is_a_sentence() -> None:
    with pytest.raises(NeedsPerson, match=r"/nowhere/ca.pem cannot be read"):
        async with Client(lambda: NOON).open("/nowhere/ca.pem"):
            pass
