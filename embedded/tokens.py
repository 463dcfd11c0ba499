"""Bearer tokens of the demo issuer: what is in them, how they are made and checked."""

import time
import uuid
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

AUDIENCE = "corale"
LIFETIME = 3600
_SCOPE = "openid profile email offline_access"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a token shall say. `ttl` is in seconds; a negative one makes a token that has expired already."""

    subject: str
    groups: tuple[str, ...] = ()
    audience: str = AUDIENCE
    ttl: int = LIFETIME
    client: str = "demo"


def mint(issuer: str, key: RSAKey, wanted: Wanted) -> str:
    """A signed access token (RS256)."""
    now = int(time.time())
    claims = {
        "iss": issuer,
        "sub": wanted.subject,
        "aud": wanted.audience,
        "iat": min(now, now + wanted.ttl),
        "exp": now + wanted.ttl,
        "jti": str(uuid.uuid4()),
        "scope": _SCOPE,
        "client_id": wanted.client,
        "groups": list(wanted.groups),
        "preferred_username": wanted.subject,
    }
    return jwt.encode({"alg": "RS256", "kid": key.kid, "typ": "JWT"}, claims, key)


def claims_of(issuer: str, key: RSAKey, token: str) -> dict[str, object] | None:
    """What a token of this issuer says; `None` if it is not one, or not valid now."""
    registry = jwt.JWTClaimsRegistry(iss={"essential": True, "value": issuer}, exp={"essential": True})
    try:
        decoded = jwt.decode(token, key, algorithms=["RS256"])
        registry.validate(decoded.claims)
    except (JoseError, ValueError):
        return None
    return dict(decoded.claims)
