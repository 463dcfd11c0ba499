"""Where an issuer's endpoints are, from its own description (OpenID Connect Discovery 1.0)."""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import httpx

from shared.failures import Transient
from shared.identity.issuers import TrustedIssuer

FRESH = 6 * 3600.0
MOST_BYTES = 1024 * 1024
Seconds = Callable[[], float]


class _Kept(NamedTuple):
    said: Mapping[str, object]
    at: float


class Discovery:
    """Descriptions of issuers, kept for hours. One that cannot be had again stays as it was."""

    def __init__(self, client: httpx.AsyncClient, seconds: Seconds = time.monotonic) -> None:
        """Nothing is fetched until somebody asks."""
        self.client = client
        self._seconds = seconds
        self._kept: dict[str, _Kept] = {}

    async def endpoint(self, issuer: TrustedIssuer, name: str) -> str:
        """The address under this name. Raises `failures.Transient` while it cannot be had."""
        value = (await self.description(issuer)).get(name)
        if not isinstance(value, str) or not value.startswith(("https://", "http://")):
            raise Transient(f"The token's issuer says nothing about its {name}.")
        if issuer.issuer.startswith("https://") and not value.startswith("https://"):
            raise Transient(f"The token's issuer names an unprotected {name}.")
        return value

    async def description(self, issuer: TrustedIssuer) -> Mapping[str, object]:
        """All that the issuer says about itself. Raises `failures.Transient` while it cannot be had."""
        kept = self._kept.get(issuer.issuer)
        if kept is not None and self._seconds() - kept.at < FRESH:
            return kept.said
        try:
            said = await self._own_words(issuer)
        except Transient:
            if kept is None:
                raise
            return kept.said
        self._kept[issuer.issuer] = _Kept(said, self._seconds())
        return said

    async def _own_words(self, issuer: TrustedIssuer) -> Mapping[str, object]:
        said = await fetched(self.client, f"{issuer.issuer.rstrip('/')}/.well-known/openid-configuration")
        if not issuer.names_itself(said.get("issuer")):
            raise Transient("The issuer's own description names another issuer.")
        return said


async def fetched(client: httpx.AsyncClient, url: str) -> Mapping[str, object]:
    """The JSON object at an address of an issuer. Raises `failures.Transient`."""
    try:
        answer = (await client.get(url)).raise_for_status()
        said = answer.json() if len(answer.content) <= MOST_BYTES else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as problem:
        raise Transient(f"The token's issuer cannot be asked right now ({type(problem).__name__}).") from problem
    if not isinstance(said, dict):
        raise Transient("The token's issuer answers with something else than it should.")
    return said
