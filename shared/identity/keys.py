"""The keys that an issuer signs with: fetched, kept, and outliving an outage of the issuer."""

import asyncio
import time
from typing import NamedTuple

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.failures import Transient
from shared.identity.discovery import Discovery, Seconds, fetched
from shared.identity.issuers import TrustedIssuer

FRESH, USABLE = 6 * 3600.0, 48 * 3600.0
"""Seconds after which keys are fetched again, and after which they are no longer believed."""
PAUSE, PAUSE_WITHOUT = 10.0, 1.0
"""Seconds between two tries, and between two tries while there are no keys at all."""


class _Kept(NamedTuple):
    keys: KeySet
    at: float

    def names(self, kid: str) -> bool:
        return not kid or any(key.kid == kid for key in self.keys.keys)


class Keyring:
    """Keys by issuer. A token of a new key has them fetched again, though not more often than every ten seconds."""

    def __init__(self, discovery: Discovery, seconds: Seconds = time.monotonic) -> None:
        """Nothing is fetched until somebody asks."""
        self._discovery = discovery
        self._seconds = seconds
        self._kept: dict[str, _Kept] = {}
        self._tried: dict[str, float] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def keys(self, issuer: TrustedIssuer, kid: str) -> KeySet:
        """The issuer's keys; `kid` says which one is wanted. Raises `failures.Transient` while there are none."""
        name = issuer.issuer
        lock = self._locks.setdefault(name, asyncio.Lock())
        kept = self._believed(name)
        if kept is not None and kept.names(kid) and (self._age(kept) < FRESH or lock.locked()):
            return kept.keys
        async with lock:
            kept = self._believed(name)
            wanting = kept is None or not kept.names(kid) or self._age(kept) >= FRESH
            pause = PAUSE if kept is not None else PAUSE_WITHOUT
            if wanting and self._seconds() - self._tried.get(name, float("-inf")) >= pause:
                kept = await self._fetch(issuer, kept)
        if kept is None:
            raise Transient("The keys of the token's issuer cannot be had right now.")
        return kept.keys

    async def _fetch(self, issuer: TrustedIssuer, kept: _Kept | None) -> _Kept | None:
        self._tried[issuer.issuer] = self._seconds()
        try:
            published = await fetched(self._discovery.client, await self._discovery.endpoint(issuer, "jwks_uri"))
            keys = _Kept(_usable(published.get("keys")), self._seconds())
        except Transient:
            if kept is None:
                raise
            return kept
        self._kept[issuer.issuer] = keys
        return keys

    def _believed(self, name: str) -> _Kept | None:
        kept = self._kept.get(name)
        return kept if kept is not None and self._age(kept) < USABLE else None

    def _age(self, kept: _Kept) -> float:
        return self._seconds() - kept.at


def _usable(published: object) -> KeySet:
    """Keys that sign, and that everybody may know: a shared secret among them would let anybody sign."""
    if not isinstance(published, list):
        raise Transient("The token's issuer publishes no keys.")
    usable = [
        key
        for key in published
        if isinstance(key, dict) and key.get("use", "sig") == "sig" and key.get("kty") in ("RSA", "EC", "OKP")
    ]
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, KeyError, TypeError) as problem:
        raise Transient(f"The token's issuer publishes keys that are none ({type(problem).__name__}).") from problem
