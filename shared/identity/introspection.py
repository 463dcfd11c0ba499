"""Tokens that only their issuer can read: it is asked (RFC 7662)."""

import time
from urllib.parse import quote

import httpx

from shared.failures import Transient
from shared.identity.claims import BadToken, Claims, proved
from shared.identity.discovery import MOST_BYTES, Discovery
from shared.identity.issuers import Client, TrustedIssuer
from shared.identity.rules import bearer_only

UNSAID = 60.0
"""For how many seconds a token is believed whose issuer does not say how long it lives."""


async def introspected(discovery: Discovery, issuer: TrustedIssuer, client: Client, token: str) -> Claims:
    """What the issuer says about a token. Raises `BadToken` for one that is not alive, or not for us.

    Raises `failures.Transient` when the issuer cannot be asked: whoever cannot ask must not refuse, nor let pass.
    """
    url = await discovery.endpoint(issuer, "introspection_endpoint")
    form = {"token": token, "token_type_hint": "access_token"}
    try:
        answer = (await discovery.client.post(url, data=form, auth=basic(client))).raise_for_status()
        said = answer.json() if len(answer.content) <= MOST_BYTES else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as problem:
        raise Transient(f"The token's issuer cannot be asked about it ({type(problem).__name__}).") from problem
    if not isinstance(said, dict) or said.get("active") is not True:
        raise BadToken("The token's issuer says that it is not valid; log in again.")
    claims = {"exp": time.time() + UNSAID, "iss": issuer.issuer, **said}
    if not issuer.names_itself(claims["iss"]):
        raise BadToken("The token is of another issuer.")
    if str(claims.get("token_type", "Bearer")).lower() != "bearer":
        raise BadToken("The token is not a bearer token.")
    proved(claims, audiences=(issuer.audience, *issuer.more_audiences), now=time.time())
    bearer_only(claims)
    return claims


def basic(client: Client) -> httpx.BasicAuth:
    """How a client proves its name; both halves are form-encoded (RFC 6749 section 2.3.1)."""
    return httpx.BasicAuth(quote(client.id, safe=""), quote(client.secret.get_secret_value(), safe=""))
