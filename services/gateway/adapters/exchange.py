"""Asks issuers for tokens: token exchange (RFC 8693) and refresh (RFC 6749), as a client that they know."""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

import httpx
from pydantic import BaseModel, Field

from services.gateway.domain.custody import Answer, Denied, Grant, Granted, Unheard
from shared.failures import Transient
from shared.identity.discovery import MOST_BYTES, Discovery
from shared.identity.introspection import basic
from shared.identity.issuers import Client, TrustedIssuer
from shared.identity.oidc import OidcIdentities

log = logging.getLogger(__name__)
TOKEN_TYPE = "urn:ietf:params:oauth:token-type:"  # noqa: S105 - the beginning of a name
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
REFUSED = {"invalid_grant", "invalid_token"}
UNSAID = timedelta(minutes=5)
"""How long a token is taken to live when its issuer does not say."""
LONGEST = 400 * 24 * 3600
LONG_WORD = re.compile(r"\S{40,}")


class IssuerExchange(BaseModel, frozen=True, extra="forbid"):
    """How tokens of one issuer are exchanged for what long work needs.

    `audience` and `scopes` say what the work needs; every scope must be granted. `requested` is the last word of the
    token type asked for: some issuers give a refresh token only if asked for one. With `check_groups` the exchanged
    token must name the deployment's group, at first and at every renewal.
    """

    issuer: str
    client: Client
    audience: str | None = None
    scopes: tuple[str, ...] = ()
    requested: str = Field(default="access_token", pattern="^(access_token|refresh_token)$")
    check_groups: bool = True


class OidcExchange:
    """`app.custody.Exchange` over HTTP. What is misconfigured is logged and asked again; only a refusal is final."""

    def __init__(
        self,
        exchanges: Sequence[IssuerExchange],
        issuers: Sequence[TrustedIssuer],
        identities: OidcIdentities,
        client: httpx.AsyncClient,
    ) -> None:
        """Each exchange is of one of the issuers."""
        self._exchanges = {exchange.issuer: exchange for exchange in exchanges}
        self._issuers = {issuer.issuer: issuer for issuer in issuers}
        self._identities = identities
        self._discovery = Discovery(client)
        self._client = client

    def serves(self, issuer: str) -> bool:
        """Whether we are a client there."""
        return issuer in self._exchanges

    async def exchange(self, grant: Grant) -> Answer:
        """See `app.custody.Exchange`. What RFC 8693 answers to a bad token is `invalid_request`."""
        how = self._exchanges[grant.owner.issuer]
        form = {
            "grant_type": EXCHANGE,
            "subject_token": grant.token,
            "subject_token_type": f"{TOKEN_TYPE}access_token",
            "requested_token_type": f"{TOKEN_TYPE}{how.requested}",
        }
        if how.audience is not None:
            form["audience"] = how.audience
        if how.scopes:
            form["scope"] = " ".join(how.scopes)
        return await self._asked(how, form, {*REFUSED, "invalid_request"})

    async def renew(self, grant: Grant) -> Answer:
        """See `app.custody.Exchange`."""
        form = {"grant_type": "refresh_token", "refresh_token": grant.refresh or ""}
        return await self._asked(self._exchanges[grant.owner.issuer], form, REFUSED)

    async def _asked(self, how: IssuerExchange, form: Mapping[str, str], refused: set[str]) -> Answer:
        try:
            url = await self._discovery.endpoint(self._issuers[how.issuer], "token_endpoint")
            answer = await self._client.post(url, data=form, auth=basic(how.client))
            said = answer.json() if len(answer.content) <= MOST_BYTES else None
        except (Transient, httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as problem:
            return self._unheard(how, type(problem).__name__)
        if not isinstance(said, dict):
            return self._unheard(how, "it answers with something else than it should")
        if answer.is_success:
            return await self._granted(how, said)
        code = str(said.get("error", answer.status_code))
        if answer.is_client_error and code in refused:
            return Denied(
                f"The owner's issuer no longer lets us act for the owner: {_words(said, code)}. Log in again."
            )
        return self._unheard(how, _words(said, code))

    async def _granted(self, how: IssuerExchange, said: Mapping[str, object]) -> Answer:
        token, refresh, lives = said.get("access_token"), said.get("refresh_token"), said.get("expires_in")
        lacking = set(how.scopes) - set(str(said.get("scope", " ".join(how.scopes))).split())
        if not isinstance(token, str) or not token:
            return self._unheard(how, "it gives no token")
        if lacking:
            return self._unheard(how, f"it does not grant {', '.join(sorted(lacking))}")
        return Granted(
            token=token,
            lives=timedelta(seconds=min(lives, LONGEST)) if isinstance(lives, int | float) and lives > 0 else UNSAID,
            refresh=refresh if isinstance(refresh, str) and refresh else None,
            groups=await self._groups(how, token) if how.check_groups else None,
        )

    async def _groups(self, how: IssuerExchange, token: str) -> tuple[str, ...] | None:
        """Unread while the keys cannot be had: what was renewed must not be lost for that."""
        try:
            groups = await self._identities.stated_groups(how.issuer, token)
        except Transient as problem:
            log.warning("the groups of an exchanged token cannot be read now: %s", problem)
            return None
        if groups is None:
            log.warning("the tokens that %s gives in exchange name no groups; set check_groups to false?", how.issuer)
        return groups or ()

    def _unheard(self, how: IssuerExchange, why: str) -> Unheard:
        log.warning("no token in exchange from %s: %s", how.issuer, why)
        return Unheard(f"The owner's issuer gives no token now: {why}.")


def _words(said: Mapping[str, object], code: str) -> str:
    """The issuer's reason, without anything that could be a token."""
    text = f"{code[:40]}, {said['error_description']}" if said.get("error_description") else code[:40]
    return LONG_WORD.sub("…", "".join(letter for letter in text if letter.isprintable()))[:200].rstrip(". ")
