"""HTTP to where users send us: every name is resolved once, every address checked, and the checked one connected to."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

import httpx

from services.gateway.domain.egress import Address, Allowed, NotAllowed, check, literal_of, place_of
from shared.failures import Transient

Resolve = Callable[[str, int], Awaitable[list[Address]]]
MOST_BYTES = 64 * 1024


async def resolve(host: str, port: int) -> list[Address]:
    """All addresses of a name, as the system's resolver says. Raises `Transient` when it has none."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as problem:
        raise Transient(f"The name {host!r} cannot be resolved right now.") from problem
    return [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends a request to the very address that was checked, so that a name that changes its mind changes nothing.

    Raises `NotAllowed` before anything is sent. Redirects are not followed here: whoever follows one asks again.
    """

    def __init__(
        self, allowed: Allowed, *, resolve: Resolve = resolve, inner: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._inner = inner or httpx.AsyncHTTPTransport(retries=0, trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See `httpx.AsyncBaseTransport`."""
        place = place_of(str(request.url), self._allowed)
        literal = literal_of(place.host)
        addresses = [literal] if literal is not None else await self._resolve(place.host, place.port)
        if not addresses:
            raise NotAllowed(f"The name {place.host!r} has no address.")
        for address in addresses:
            check(address, self._allowed)
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=str(addresses[0])),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": place.host},
        )
        return await self._inner.handle_async_request(pinned)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._inner.aclose()
