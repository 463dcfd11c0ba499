"""Proves who calls: bearer tokens of configured issuers, and services by their own keys.

Rules: RFC 8725, RFC 9068. The issuer must be configured, the algorithm in its list; `kid` only selects among the keys
fetched for that issuer, `jku`, `x5u` and `jwk` headers are ignored; a user is issuer and subject together.
"""

import asyncio
import hashlib
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import httpx
from cachetools import TTLCache
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.gateway.adapters.claims import BadToken, groups_of, peek, proved
from services.gateway.ports import Caller
from shared.contracts.vocabulary import Principal
from shared.failures import Permanent, Transient

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
MAX_TOKEN = 16 * 1024
KEYS_FRESH, REFETCH_PAUSE = 6 * 3600.0, 10.0
REMEMBERED, FOR_SECONDS = 10_000, 60


class Issuer(NamedTuple):
    """An issuer that is trusted, the audience its tokens must be for, and the algorithms it may sign with."""

    url: str
    audience: str
    algorithms: tuple[str, ...] = ALGORITHMS


class _Keys(NamedTuple):
    keys: KeySet
    fetched: float


class OidcIdentities:
    """`ports.Identities` for OpenID Connect issuers. Keys are fetched by discovery and kept for hours."""

    def __init__(self, issuers: list[Issuer], client: httpx.AsyncClient) -> None:
        """Nothing is fetched until the first token of an issuer comes."""
        self._issuers = {issuer.url.rstrip("/"): issuer for issuer in issuers}
        self._client = client
        self._keys: dict[str, _Keys] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._proved: TTLCache[bytes, Caller] = TTLCache(REMEMBERED, FOR_SECONDS)

    async def caller(self, token: str) -> Caller:
        """See `ports.Identities`. A token proved within the last minute is not proved again."""
        if len(token) > MAX_TOKEN:
            raise Permanent("The token is too long.")
        digest = hashlib.sha256(token.encode()).digest()
        known = self._proved.get(digest)
        if known is not None and known.expires_at > datetime.now(UTC):
            return known
        try:
            caller = await self._prove(token)
        except BadToken as problem:
            raise Permanent(str(problem)) from None
        self._proved[digest] = caller
        return caller

    async def _prove(self, token: str) -> Caller:
        header, unproved = peek(token)
        issuer = self._issuers.get(str(unproved.get("iss", "")).rstrip("/"))
        if issuer is None:
            raise BadToken("The token's issuer is not one that this service trusts.")
        keys = await self._keys_for(issuer, str(header.get("kid") or ""))
        try:
            claims = jwt.decode(token, keys, algorithms=list(issuer.algorithms)).claims
        except (JoseError, ValueError) as problem:
            raise BadToken("The token's signature does not hold.") from problem
        proved(claims, header, issuer=issuer.url, audience=issuer.audience, now=time.time())
        return Caller(
            principal=Principal(issuer=issuer.url, subject=str(claims["sub"])),
            groups=groups_of(claims),
            expires_at=datetime.fromtimestamp(float(claims["exp"]), UTC),
            token=token,
        )

    async def _keys_for(self, issuer: Issuer, kid: str) -> KeySet:
        async with self._locks.setdefault(issuer.url, asyncio.Lock()):
            kept = self._keys.get(issuer.url)
            age = time.monotonic() - kept.fetched if kept else float("inf")
            unknown = kept is not None and bool(kid) and kid not in {key.kid for key in kept.keys.keys}
            if kept is None or age > KEYS_FRESH or (unknown and age > REFETCH_PAUSE):
                kept = await self._fetch(issuer, kept)
            return kept.keys

    async def _fetch(self, issuer: Issuer, kept: _Keys | None) -> _Keys:
        base = issuer.url.rstrip("/")
        try:
            found = (await self._client.get(f"{base}/.well-known/openid-configuration")).raise_for_status().json()
            _same_issuer(found, base)
            published = (await self._client.get(found["jwks_uri"])).raise_for_status().json()
            usable = [key for key in published["keys"] if key.get("use", "sig") == "sig" and key.get("kty") != "oct"]
            fetched = _Keys(KeySet.import_key_set({"keys": usable}), time.monotonic())
        except (httpx.HTTPError, KeyError, ValueError, JoseError) as problem:
            if kept is not None:
                return kept
            raise Transient(
                f"The keys of the token's issuer cannot be had right now ({type(problem).__name__})."
            ) from problem
        self._keys[issuer.url] = fetched
        return fetched


def _same_issuer(found: Mapping[str, object], base: str) -> None:
    if str(found.get("issuer", "")).rstrip("/") != base:
        raise Transient("The issuer's own description names another issuer.")


class ServiceIdentities:
    """Proves which of our own services calls, by the public key configured for its name."""

    def __init__(self, keys: Mapping[str, Mapping[str, str]], audience: str) -> None:
        """`keys` maps a service's name to its public key as a JWK."""
        self._keys = {name: KeySet.import_key_set({"keys": [dict(key)]}) for name, key in keys.items()}
        self._audience = audience

    def service(self, token: str) -> str:
        """The service a token speaks for. Raises `Permanent` when it proves nothing."""
        try:
            header, unproved = peek(token)
            name = str(unproved.get("iss", ""))
            claims = jwt.decode(token, self._keys[name], algorithms=["Ed25519"]).claims
            proved(claims, header, issuer=name, audience=self._audience, now=time.time())
        except (BadToken, JoseError, KeyError, ValueError) as problem:
            raise Permanent("This endpoint is for services that can prove their name.") from problem
        return name
