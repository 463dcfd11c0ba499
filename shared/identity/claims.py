"""What the claims of a token say, and whether they hold."""

import base64
import binascii
import json
from collections.abc import Collection, Mapping
from typing import Any

SKEW = 60.0
END_OF_TIME = 253_402_300_800.0
"""The first second that no date can name."""
LONGEST_SUBJECT = 255
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
    except (ValueError, binascii.Error, RecursionError) as problem:
        raise BadToken("The bearer token cannot be decoded.") from problem
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise BadToken("The bearer token cannot be decoded.")
    return header, claims


def proved(claims: Claims, *, audiences: Collection[str], now: float) -> None:
    """Check what every token must say: for whom, about whom, and when. Raises `BadToken`."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise BadToken("The token names no subject.")
    named = claims.get("aud")
    if not any(name in audiences for name in (named if isinstance(named, list) else [named]) if isinstance(name, str)):
        wanted = sorted(audiences)
        raise BadToken(f"The token is for another audience; ask your issuer for one with audience {wanted[0]!r}.")
    if not _number(claims.get("exp")) or not now < claims["exp"] < END_OF_TIME:
        raise BadToken("The token has expired; log in again.")
    for claim in ("nbf", "iat"):
        if claim in claims and not (_number(claims[claim]) and claims[claim] <= now + SKEW):
            raise BadToken("The token is not valid yet.")


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
