"""Tokens that only their issuer can read: it is asked, and what it says must hold."""

import asyncio
import time
from collections.abc import Mapping

import httpx
import pytest
from pydantic import ValidationError

from shared.failures import Permanent, Transient
from shared.identity.issuers import TrustedIssuer
from shared.identity.oidc import OidcIdentities

URL = "https://iam.example.org"
OTHER = "https://other.example.org"
NOW = int(time.time())
ISSUER = {"issuer": URL, "audience": "corale", "profile": "introspection"}


class Asked:
    """An issuer whose tokens only it can read."""

    def __init__(self, said: Mapping[str, object] | int) -> None:
        self.said = said
        self.times = 0
        self.authorization = ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/introspect":
            return httpx.Response(200, json={"issuer": URL, "introspection_endpoint": f"{URL}/introspect"})
        self.times += 1
        self.authorization = request.headers["authorization"]
        return httpx.Response(self.said) if isinstance(self.said, int) else httpx.Response(200, json=self.said)


ALIVE: Mapping[str, object] = {"active": True, "sub": "ada", "aud": "corale", "exp": NOW + 86400, "groups": ["/biomed"]}


def asking(asked: Asked, *others: TrustedIssuer) -> OidcIdentities:
    """Identities that ask that issuer."""
    issuer = TrustedIssuer.model_validate({**ISSUER, "client": {"id": "gate way", "secret": "s:1"}})
    return OidcIdentities([issuer, *others], httpx.AsyncClient(transport=httpx.MockTransport(asked)))


def test_a_token_that_only_its_issuer_can_read_is_shown_to_it_once_a_minute() -> None:
    asked = Asked(ALIVE)

    async def story() -> None:
        identities = asking(asked)
        for _ in range(3):
            ada = await identities.caller("opaque")
            assert (ada.principal.issuer, ada.principal.subject, ada.groups) == (URL, "ada", ("biomed",))

    asyncio.run(story())
    assert asked.times == 1
    assert httpx.BasicAuth("gate%20way", "s%3A1")._auth_header == asked.authorization


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"active": False}, "not valid"),
        ({**ALIVE, "active": "true"}, "not valid"),
        ({**ALIVE, "aud": "backend"}, "audience"),
        ({name: value for name, value in ALIVE.items() if name != "aud"}, "audience"),
        ({**ALIVE, "exp": NOW - 5}, "expired"),
        ({**ALIVE, "iss": OTHER}, "issuer"),
        ({**ALIVE, "token_type": "DPoP"}, "bearer"),
        ({**ALIVE, "sub": None}, "subject"),
    ],
)
def test_what_the_issuer_says_about_a_token_must_hold(said: Mapping[str, object], why: str) -> None:
    with pytest.raises(Permanent, match=why):
        asyncio.run(asking(Asked(said)).caller("opaque"))


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_an_issuer_that_cannot_be_asked_neither_lets_in_nor_refuses(status: int) -> None:
    with pytest.raises(Transient):
        asyncio.run(asking(Asked(status)).caller("opaque"))


def test_a_token_that_says_nothing_is_shown_to_nobody_if_two_issuers_could_be_meant() -> None:
    asked = Asked(ALIVE)
    other = TrustedIssuer.model_validate(
        {"issuer": OTHER, "audience": "corale", "profile": "introspection", "client": {"id": "a", "secret": "b"}}
    )

    with pytest.raises(Permanent):
        asyncio.run(asking(asked, other).caller("opaque"))
    assert asked.times == 0


def test_an_issuer_whose_tokens_are_introspected_needs_a_client() -> None:
    with pytest.raises(ValidationError):
        TrustedIssuer.model_validate(ISSUER)
