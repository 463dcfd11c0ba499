"""HTTP as a probe needs it: one request, an answer of at most 4 MB, or one kind of trouble."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import httpx

from shared.contracts.topology import Json

MOST = 4 * 1024 * 1024
SHOWN = 160


class Trouble(Exception):
    """It did not go well. The text is a sentence, `status` the HTTP code if there was an answer."""

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def body(self) -> Json:
        """The JSON in it; nothing is `None`. Raises `Trouble`."""
        try:
            return json.loads(self.content) if self.content else None
        except ValueError:
            raise Trouble(f"The answer (status {self.status}) cannot be read.", self.status) from None


class Web:
    """A client without redirects and without the environment's proxies."""

    def __init__(
        self, timeout: float, *, verify: bool = True, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """`timeout` is in seconds, for one request."""
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
        self._http = httpx.AsyncClient(
            timeout=timeout, verify=verify, transport=transport, trust_env=False, limits=limits
        )

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Json = None,
        content: bytes | None = None,
        fine: Collection[int] = (),
    ) -> Answer:
        """The answer, if it is a success or its status is one of the `fine` ones. Raises `Trouble`."""
        try:
            async with self._http.stream(method, url, headers=headers, json=json, content=content) as response:
                answer = Answer(response.status_code, response.headers, await _read(response))
        except httpx.TimeoutException as problem:
            raise Trouble("There was no answer in time.") from problem
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise Trouble(f"It cannot be reached: {type(problem).__name__}.") from problem
        if not response.is_success and answer.status not in fine:
            raise Trouble(f"It answered with status {answer.status}{_words(answer)}.", answer.status)
        return answer

    async def close(self) -> None:
        """Let go of connections; twice is harmless."""
        await self._http.aclose()


async def _read(response: httpx.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MOST:
            raise Trouble(f"The answer is larger than {MOST // 1024} kB.", response.status_code)
        parts.append(part)
    return b"".join(parts)


def _words(answer: Answer) -> str:
    """What it said about it, in one line, if that can be shown."""
    text = answer.content[: 4 * SHOWN].decode(errors="replace")
    line = " ".join(text.split())
    return "" if not line or line.startswith("<") else f": {line[:SHOWN]}"
