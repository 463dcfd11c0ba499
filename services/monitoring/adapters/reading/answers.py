"""Asks other people's APIs for JSON and believes nothing: bounded in time and size, no redirects, no proxies.

All that goes wrong on the way is one `Transient` whose sentence an operator can act on.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx

from shared.contracts.topology import Json
from shared.failures import Transient

MOST_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Question:
    """One request. `form` is sent as a form, `body` as JSON; neither means that there is no body."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    body: Json = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: any status but a redirect or a server's error, and JSON."""

    status: int
    body: Json = field(repr=False)
    headers: httpx.Headers = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the answer is one to the question."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    def mapping(self, *path: str) -> dict[str, Json]:
        """The object at this path of the body; empty if there is none."""
        return mapping(self.body, *path)


class Asking:
    """A client for many hosts. Whoever asks sets the time for all his questions together (`asyncio.timeout`)."""

    def __init__(
        self, timeout: timedelta, *, verify: bool = True, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._http = httpx.AsyncClient(
            timeout=timeout.total_seconds(),
            verify=verify,
            transport=transport,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            trust_env=False,
        )

    async def ask(self, question: Question) -> Answer:
        """The answer. Raises `Transient` if there is none that can be read."""
        try:
            host = urlsplit(question.url).netloc
            return await self._ask(question, host)
        except httpx.TimeoutException:
            raise Transient(f"{host} does not answer in time") from None
        except httpx.HTTPError as problem:
            raise Transient(f"{host} cannot be reached: {type(problem).__name__}") from None
        except (httpx.InvalidURL, ValueError):
            raise Transient(f"{shown(question.url)} cannot be asked: address or ticket are none") from None

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.aclose()

    async def _ask(self, question: Question, host: str) -> Answer:
        form = None if question.form is None else dict(question.form)
        async with self._http.stream(
            question.method, question.url, headers=dict(question.headers), data=form, json=question.body
        ) as response:
            if response.is_redirect:
                raise Transient(
                    f"{host} answers with a redirect, which is not followed (status {response.status_code})"
                )
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise Transient(f"{host} compresses its answer, unasked")
            raw = await _bounded(response, host)
        body = _parsed(raw, response, host)
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Transient(f"{host} is out of order: status {response.status_code}")
        return Answer(response.status_code, body, response.headers)


def mapping(body: Json, *path: str) -> dict[str, Json]:
    """The object at this path of any JSON; empty if there is none."""
    for part in path:
        body = body.get(part) if isinstance(body, Mapping) else None
    return dict(body) if isinstance(body, Mapping) else {}


def rows(body: Json) -> list[dict[str, Json]]:
    """The objects of a list; whatever else there is, is left out."""
    return [row for row in body if isinstance(row, dict)] if isinstance(body, list) else []


def shown(said: Json, most: int = 200) -> str:
    """Whatever somebody else said, fit for a sentence of ours: no control characters, no halves of letters, cut."""
    text = str(said)[: 2 * most]
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()[:most]


async def _bounded(response: httpx.Response, host: str) -> bytes:
    raw = bytearray()
    async for chunk in response.aiter_bytes():
        raw += chunk
        if len(raw) > MOST_BYTES:
            raise Transient(f"{host} answers with more than {MOST_BYTES // 1024**2} MB")
    return bytes(raw)


def _parsed(raw: bytes, response: httpx.Response, host: str) -> Json:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        kind = shown(response.headers.get("Content-Type", "no content type").partition(";")[0], 60)
        raise Transient(f"{host} answers with what is no JSON ({kind}, status {response.status_code})") from None
