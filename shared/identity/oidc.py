"""Proves who calls: bearer tokens of configured issuers.

Rules: RFC 8725, RFC 9068, RFC 7662. The issuer must be configured, the algorithm in its list; `kid` only selects among
the keys fetched for that issuer, `jku`, `x5u`, `x5c` and `jwk` headers are ignored; a user is issuer and subject
together.
"""

import hashlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
from cachetools import TTLCache
from joserfc import jwt
from joserfc.errors import JoseError

from shared.contracts.vocabulary import Principal
from shared.failures import Permanent
from shared.identity.caller import Caller
from shared.identity.claims import BadToken, Claims, peek
from shared.identity.discovery import Discovery, Seconds
from shared.identity.groups import groups_of, says_groups
from shared.identity.introspection import introspected
from shared.identity.issuers import Profile, TrustedIssuer
from shared.identity.keys import Keyring
from shared.identity.rules import hold

MAX_TOKEN = 16 * 1024
REMEMBERED, FOR_SECONDS = 10_000, 60


class OidcIdentities:
    """`Identities` for OpenID Connect issuers. Keys are fetched by discovery and kept for hours."""

    def __init__(
        self, issuers: Sequence[TrustedIssuer], client: httpx.AsyncClient, seconds: Seconds = time.monotonic
    ) -> None:
        """Nothing is fetched until the first token of an issuer comes; `seconds` tells how old things are."""
        self._issuers = issuers
        self._discovery = Discovery(client, seconds)
        self._keyring = Keyring(self._discovery, seconds)
        self._proved: TTLCache[bytes, Caller] = TTLCache(REMEMBERED, FOR_SECONDS, timer=seconds)

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

    async def stated_groups(self, issuer: str, token: str) -> tuple[str, ...] | None:
        """The groups in a token that `issuer` gave us for somebody else to read; `None` if it says nothing of groups.

        Nobody is let in by this: only signature and issuer are checked. Raises `failures.Transient`.
        """
        trusted = next((one for one in self._issuers if one.issuer == issuer), None)
        try:
            header, unproved = peek(token)
            if trusted is None or not trusted.names_itself(unproved.get("iss")):
                return None
            claims = await self._signed(token, header, trusted)
        except BadToken:
            return None
        return groups_of(claims, trusted) if says_groups(claims) else None

    async def _prove(self, token: str) -> Caller:
        issuer = self._issuer_of(token)
        if issuer.profile is Profile.INTROSPECTION and issuer.client is not None:
            claims = await introspected(self._discovery, issuer, issuer.client, token)
        else:
            header, _ = peek(token)
            claims = await self._signed(token, header, issuer)
            hold(header, claims, issuer, time.time())
        groups = groups_of(claims, issuer)
        return Caller(
            principal=Principal(issuer=issuer.issuer, subject=str(claims["sub"])),
            groups=groups,
            admin=bool(issuer.admins.intersection(groups)),
            expires_at=datetime.fromtimestamp(float(claims["exp"]), UTC),
            token=token,
        )

    def _issuer_of(self, token: str) -> TrustedIssuer:
        """Whom to ask about a token. One that says nothing is shown to nobody, unless only one issuer can be meant."""
        try:
            said = peek(token)[1].get("iss")
        except BadToken:
            asked = [issuer for issuer in self._issuers if issuer.profile is Profile.INTROSPECTION]
            if len(asked) != 1:
                raise
            return asked[0]
        for issuer in self._issuers:
            if issuer.names_itself(said):
                return issuer
        raise BadToken("The token's issuer is not one that this service trusts.")

    async def _signed(self, token: str, header: Claims, issuer: TrustedIssuer) -> Claims:
        keys = await self._keyring.keys(issuer, str(header.get("kid") or ""))
        try:
            return jwt.decode(token, keys, algorithms=list(issuer.algorithms)).claims
        except (JoseError, ValueError) as problem:
            raise BadToken("The token's signature does not hold.") from problem
