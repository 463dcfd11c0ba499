"""What the claims of a token say, and whether they hold."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

SKEW = 60.0
GROUP_CLAIMS = ("groups", "wlcg.groups", "eduperson_entitlement", "entitlements")
Claims = Mapping[str, Any]


class BadToken(Exception):
    """The token proves nothing; the text says why and never contains the token."""


def peek(token: str) -> tuple[Claims, Claims]:
    """Header and claims of a compact JWS, unproved. Raises `BadToken` when it is none."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        raise BadToken("The bearer token is not a signed JSON web token.")
    try:
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (ValueError, binascii.Error) as problem:
        raise BadToken("The bearer token cannot be decoded.") from problem
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise BadToken("The bearer token cannot be decoded.")
    return header, claims


def proved(claims: Claims, header: Claims, *, issuer: str, audience: str, now: float) -> None:
    """Check what the signature does not. Raises `BadToken`."""
    if str(claims.get("iss", "")).rstrip("/") != issuer.rstrip("/"):
        raise BadToken("The token is of another issuer.")
    if not claims.get("sub"):
        raise BadToken("The token names no subject.")
    named = claims.get("aud")
    if named != audience and not (isinstance(named, list) and audience in named):
        raise BadToken(f"The token is for another audience; ask your issuer for one with audience {audience!r}.")
    if not isinstance(claims.get("exp"), int | float) or claims["exp"] <= now:
        raise BadToken("The token has expired; log in again.")
    for claim in ("nbf", "iat"):
        if isinstance(claims.get(claim), int | float) and claims[claim] > now + SKEW:
            raise BadToken("The token is not valid yet.")
    if "at_hash" in claims or "nonce" in claims or str(header.get("typ", "")).lower() == "logout+jwt":
        raise BadToken("This is an identity token; an access token is needed.")


def groups_of(claims: Claims) -> tuple[str, ...]:
    """The groups that the issuer says the user is in, without leading slash, in the issuer's order."""
    found: list[str] = []
    for name in GROUP_CLAIMS:
        value = claims.get(name)
        if isinstance(value, list):
            found += [str(group).removeprefix("/") for group in value]
    return tuple(dict.fromkeys(found))
