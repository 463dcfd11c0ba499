"""Brings callbacks to where users want them, and nowhere else: guarded, bounded in time and in what is read."""

import asyncio
from collections.abc import Mapping

import httpx

from services.gateway.adapters.egress import MOST_BYTES, GuardedTransport
from services.gateway.domain.callbacks import Answer
from services.gateway.domain.egress import Allowed, NotAllowed, place_of
from shared.failures import Transient

SECONDS = 15.0
NAME = "Corale"


class HttpCourier:
    """`app.callbacks.Courier` over HTTP. Redirects are not followed: nobody signed for where they lead."""

    def __init__(
        self, allowed: Allowed, *, transport: httpx.AsyncBaseTransport | None = None, seconds: float = SECONDS
    ) -> None:
        """`seconds` bound one attempt as a whole."""
        self._allowed = allowed
        self._seconds = seconds
        self._client = httpx.AsyncClient(
            transport=transport or GuardedTransport(allowed), timeout=seconds, follow_redirects=False, trust_env=False
        )

    def check(self, url: str) -> None:
        """Raises `NotAllowed` for what can be seen to be wrong without asking anybody."""
        place_of(url, self._allowed)

    async def post(self, url: str, headers: Mapping[str, str], body: str) -> Answer:
        """Send it once."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._sent(url, headers, body)
        except NotAllowed as problem:
            return Answer(sentence=str(problem), refused=True)
        except Transient as problem:
            return Answer(sentence=str(problem))
        except TimeoutError:
            return Answer(sentence=f"There was no answer within {self._seconds:g} s.")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            return Answer(sentence=f"It could not be sent: {type(problem).__name__}.")

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.aclose()

    async def _sent(self, url: str, headers: Mapping[str, str], body: str) -> Answer:
        sent = {**headers, "content-type": "application/json", "user-agent": NAME}
        async with self._client.stream("POST", url, content=body.encode(), headers=sent) as response:
            read = 0
            async for piece in response.aiter_raw():  # packed as it is: what it unpacks to is nobody's business
                read += len(piece)
                if read > MOST_BYTES:
                    break
        said = "" if response.is_success else f"The answer was {response.status_code} {response.reason_phrase}."
        return Answer(code=response.status_code, sentence=said)
