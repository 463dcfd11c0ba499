"""Proves who calls: bearer tokens of configured issuers.

Rules: RFC 8725, RFC 9068. The issuer must be configured, the algorithm in its list; `kid` only selects among the keys
fetched for that issuer, `jku`, `x5u` and `jwk` headers are ignored; a user is issuer and subject together.
"""

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import httpx
from cachetools import TTLCache
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.contracts.vocabulary import Principal
from shared.failures import Permanent, Transient
from shared.identity.caller import Caller
from shared.identity.claims import BadToken, groups_of, peek, proved
from shared.identity.issuers import TrustedIssuer

MAX_TOKEN = 16 * 1024
KEYS_FRESH, REFETCH_PAUSE = 6 * 3600.0, 10.0
REMEMBERED, FOR_SECONDS = 10_000, 60


class _Keys(NamedTuple):
    keys: KeySet
    fetched: float


class OidcIdentities:
    """`Identities` for OpenID Connect issuers. Keys are fetched by discovery and kept for hours."""

    def __init__(self, issuers: Sequence[TrustedIssuer], client: httpx.AsyncClient) -> None:
        """Nothing is fetched until the first token of an issuer comes."""
        self._issuers = {issuer.issuer.rstrip("/"): issuer for issuer in issuers}
        self._client = client
        self._keys: dict[str, _Keys] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._proved: TTLCache[bytes, Caller] = TTLCache(REMEMBERED, FOR_SECONDS)

    async def caller(self, token: str) -> Caller:
        """See `Identities`. A token proved within the last minute is not proved again."""
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
        proved(claims, header, issuer=issuer.issuer, audience=issuer.audience, now=time.time())
        groups = groups_of(claims)
        return Caller(
            principal=Principal(issuer=issuer.issuer, subject=str(claims["sub"])),
            groups=groups,
            admin=bool(issuer.admins.intersection(groups)),
            expires_at=datetime.fromtimestamp(float(claims["exp"]), UTC),
            token=token,
        )

    async def _keys_for(self, issuer: TrustedIssuer, kid: str) -> KeySet:
        async with self._locks.setdefault(issuer.issuer, asyncio.Lock()):
            kept = self._keys.get(issuer.issuer)
            age = time.monotonic() - kept.fetched if kept else float("inf")
            unknown = kept is not None and bool(kid) and kid not in {key.kid for key in kept.keys.keys}
            if kept is None or age > KEYS_FRESH or (unknown and age > REFETCH_PAUSE):
                kept = await self._fetch(issuer, kept)
            return kept.keys

    async def _fetch(self, issuer: TrustedIssuer, kept: _Keys | None) -> _Keys:
        base = issuer.issuer.rstrip("/")
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
        self._keys[issuer.issuer] = fetched
        return fetched


def _same_issuer(found: Mapping[str, object], base: str) -> None:
    if str(found.get("issuer", "")).rstrip("/") != base:
        raise Transient("The issuer's own description names another issuer.")
