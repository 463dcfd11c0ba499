"""From the `Authorization` header to a caller."""

import re
from collections.abc import Awaitable, Callable

from fastapi import HTTPException, Request

from shared.failures import Permanent, Transient
from shared.identity.caller import Caller, Identities

BEARER = re.compile(r"^bearer\s*(?P<token>\S+)$", re.IGNORECASE)
"""Clients in the field forget the space, or write the scheme in lower case."""


def bearer(request: Request) -> str:
    """The bearer token of a request. Raises 401 when there is none."""
    found = BEARER.match(request.headers.get("authorization", ""))
    if found is None:
        raise HTTPException(
            401,
            "A bearer token is needed: send the header `Authorization: Bearer <token>`.",
            {"WWW-Authenticate": "Bearer"},
        )
    return found["token"]


def who_calls(identities: Identities) -> Callable[[Request], Awaitable[Caller]]:
    """A dependency that proves the caller: 401 when the token proves nothing, 503 when its issuer cannot be asked."""

    async def caller(request: Request) -> Caller:
        try:
            return await identities.caller(bearer(request))
        except Permanent as problem:
            raise HTTPException(401, str(problem), {"WWW-Authenticate": 'Bearer error="invalid_token"'}) from problem
        except Transient as problem:
            raise HTTPException(503, str(problem), {"Retry-After": "5"}) from problem

    return caller
