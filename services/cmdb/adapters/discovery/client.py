"""Asking a site over HTTP without being hurt by what it answers: a clear sentence, never a crash.

An answer may take so long and be so large; pages may be so many; a redirection may not leave the site, because our
credentials would go with it. The sentences never hold a credential, a query or the text of an answer.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.contracts.topology import Json
from shared.failures import NeedsPerson, Transient

M = TypeVar("M", bound=BaseModel)
MEGABYTE = 1_000_000
NO_SUCH_THING = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_ACCEPTABLE, HTTPStatus.GONE)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is taken from a site: `patience` for one answer of at most `size` bytes, `pages` of one list."""

    patience: timedelta = timedelta(seconds=20)
    size: int = 10 * MEGABYTE
    pages: int = 100
    redirections: int = 3


USUAL = Bounds()


class Forbidden(NeedsPerson):
    """The site knows us and does not show us this."""


class Absent(Transient):
    """The site has no such thing, or not in this version."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer, whole."""

    content: bytes
    headers: Mapping[str, str]

    def json(self, question: "Question") -> Json:
        """What it says. Raises `Transient` when that is no JSON."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            raise Transient(f"{question.what}: {place(question.url)} answers with what is no JSON.") from None


@dataclass(frozen=True, slots=True)
class Question:
    """One request. `what` is what people call it: "Nova's flavours"."""

    what: str
    url: str
    method: str = "GET"
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    params: Mapping[str, str] | None = field(default=None, repr=False)
    body: Json = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)


class Client:
    """One client for all sites. Every method of its sessions raises `Transient`, or `Forbidden` or `Absent`.

    `NeedsPerson` is raised when the address or the credentials are wrong.
    """

    def __init__(
        self, now: Callable[[], datetime], bounds: Bounds = USUAL, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """`now` is for those that sign what they ask."""
        self.now = now
        self.bounds = bounds
        self._transport = transport

    @asynccontextmanager
    async def open(self, ca_file: str | None = None) -> AsyncIterator["Session"]:
        """Connections for one reading of one site. Raises `NeedsPerson` when the site's authority cannot be read."""
        try:
            verify = ssl.create_default_context(cafile=ca_file) if ca_file else True
        except OSError:
            raise NeedsPerson(f"The certificates in {ca_file} cannot be read.") from None
        seconds = self.bounds.patience.total_seconds()
        async with httpx.AsyncClient(
            timeout=httpx.Timeout(seconds, connect=min(seconds, 10)),
            transport=self._transport,
            verify=verify,
            trust_env=False,
            limits=httpx.Limits(max_connections=8),
            headers={"Accept-Encoding": "identity"},  # a small packed answer may be a large one
        ) as http:
            yield Session(http, self.bounds)


class Session:
    """See `Client`."""

    def __init__(self, http: httpx.AsyncClient, bounds: Bounds) -> None:
        self.bounds = bounds
        self._http = http

    async def model(self, question: Question, kind: type[M]) -> M:
        """A JSON answer as `kind`."""
        return understood(question, await self.json(question), kind)

    async def json(self, question: Question) -> Json:
        """A JSON answer."""
        return (await self.ask(question)).json(question)

    async def ask(self, question: Question) -> Answer:
        """An answer of status 2xx, redirections inside the site followed."""
        seconds = self.bounds.patience.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                return await self._ask(question)
        except TimeoutError:
            raise Transient(f"{question.what} at {place(question.url)} did not come within {seconds:g} s.") from None
        except (httpx.TimeoutException, httpx.NetworkError, httpx.ProxyError) as problem:
            raise Transient(f"{question.what}: {place(question.url)} cannot be reached ({_kind(problem)}).") from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as problem:
            raise Transient(f"{question.what}: {place(question.url)} cannot be asked ({_kind(problem)}).") from None

    async def _ask(self, question: Question) -> Answer:
        url = _address(question)
        for _ in range(self.bounds.redirections + 1):
            request = self._http.build_request(
                question.method,
                url,
                headers=dict(question.headers or {}),
                json=question.body,
                content=question.content,
            )
            response = await self._http.send(request, stream=True)
            try:
                if not response.has_redirect_location:
                    return await self._answer(question, response)
                url = _next(question, response)
            finally:
                await response.aclose()
        raise Transient(f"{question.what}: {place(question.url)} redirects without end.")

    async def _answer(self, question: Question, response: httpx.Response) -> Answer:
        _refuse(question, response)
        content = bytearray()
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > self.bounds.size:
                megabytes = self.bounds.size / MEGABYTE
                raise Transient(f"{question.what} at {place(question.url)} are more than {megabytes:g} MB.")
        return Answer(bytes(content), response.headers)


def understood(question: Question, answer: Json, kind: type[M]) -> M:
    """`answer` as `kind`. Raises `Transient` with the place that is wrong, not with what stands there."""
    try:
        return TypeAdapter(kind).validate_python(answer)
    except ValidationError as problem:
        error = problem.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in error["loc"]) or "the whole"
        raise Transient(
            f"{question.what} at {place(question.url)} cannot be understood: {where}: {error['msg']}."
        ) from None


def place(url: str) -> str:
    """An address as it may be shown: without user, query and fragment."""
    try:
        parts = httpx.URL(url)
        return str(parts.copy_with(userinfo=b"", query=None, fragment=None))
    except (httpx.InvalidURL, UnicodeError):
        return "an address that is none"


def _address(question: Question) -> httpx.URL:
    url = httpx.URL(question.url)
    if url.scheme not in ("http", "https") or not url.host:
        raise NeedsPerson(f"{question.what}: {place(question.url)!r} is no http or https address.")
    return url.copy_merge_params(question.params) if question.params else url


def _next(question: Question, response: httpx.Response) -> httpx.URL:
    here = response.request.url
    there = here.join(response.headers["Location"])
    if (there.scheme, there.host, there.port) != (here.scheme, here.host, here.port) or question.method != "GET":
        raise Transient(f"{question.what}: {place(question.url)} sends us elsewhere ({place(str(there))}).")
    return there


def _refuse(question: Question, response: httpx.Response) -> None:
    status = response.status_code
    if status == HTTPStatus.UNAUTHORIZED:
        raise NeedsPerson(f"{question.what}: {place(question.url)} does not take our credentials (status 401).")
    if status == HTTPStatus.FORBIDDEN:
        raise Forbidden(f"{question.what}: {place(question.url)} is not for us (status 403).")
    if status in NO_SUCH_THING:
        raise Absent(f"{question.what}: {place(question.url)} is not there (status {status}).")
    if not response.is_success:
        seconds = response.headers.get("Retry-After", "")
        wait = timedelta(seconds=min(int(seconds), 86_400)) if seconds.isascii() and seconds.isdecimal() else None
        raise Transient(f"{question.what}: {place(question.url)} answers with status {status}.", wait)


def _kind(problem: Exception) -> str:
    return type(problem).__name__
