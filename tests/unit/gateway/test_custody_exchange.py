"""Asking an issuer for tokens: only its refusal is a refusal, and no text ever has a token in it."""

import asyncio
import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from services.gateway.adapters.exchange import UNSAID, IssuerExchange, OidcExchange
from services.gateway.domain.custody import Answer, Denied, Grant, Granted, State, Unheard
from shared.contracts.vocabulary import Principal
from shared.identity.issuers import TrustedIssuer
from shared.identity.oidc import OidcIdentities
from tests.support.builders import GROUP, NOON

URL = "https://iam.example.org"
KEY = ECKey.generate_key("P-256", {"kid": "k"})
URN = "urn:ietf:params:oauth:"
OWNER = Principal(issuer=URL, subject="ada")
GIVEN = Grant(OWNER, GROUP, State.GIVEN, NOON, "canary-subject", digest="d")
HELD = Grant(OWNER, GROUP, State.HELD, NOON, "canary-access", "canary-refresh", "d")
TRUSTED = TrustedIssuer(issuer=URL, audience="corale")


def a_token(**claims: object) -> str:
    """A token for a backend."""
    said = {"iss": URL, "sub": "ada", "aud": "backend", "exp": time.time() + 300, "groups": [f"/{GROUP}"], **claims}
    return jwt.encode({"alg": "ES256", "kid": "k"}, {name: said[name] for name in said if said[name] is not None}, KEY)


class Iam:
    """An issuer that answers so, and what it was asked."""

    def __init__(self, status: int = 200, body: object = None, *, away: bool = False) -> None:
        self.status, self.body, self.away = status, body, away
        self.form: Mapping[str, list[str]] = {}
        self.authorization = ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ReadTimeout("away")
        if request.url.path.endswith("openid-configuration"):
            said = {"issuer": URL, "token_endpoint": f"{URL}/token", "jwks_uri": f"{URL}/jwk"}
            return httpx.Response(200, json=said)
        if request.url.path == "/jwk":
            return httpx.Response(200, json={"keys": [KEY.as_dict(private=False)]})
        self.form = parse_qs(request.content.decode())
        self.authorization = request.headers["authorization"]
        return httpx.Response(self.status, json=self.body)


def asked(iam: Iam, grant: Grant = GIVEN, **how: object) -> Answer:
    """What comes of asking."""
    settings = {"issuer": URL, "client": {"id": "corale", "secret": "canary-secret"}, **how}
    client = httpx.AsyncClient(transport=httpx.MockTransport(iam))
    exchange = OidcExchange(
        [IssuerExchange.model_validate(settings)], [TRUSTED], OidcIdentities([TRUSTED], client), client
    )
    return asyncio.run(exchange.exchange(grant) if grant.state is State.GIVEN else exchange.renew(grant))


def test_an_exchange_is_asked_for_as_the_standard_says() -> None:
    token = a_token()
    iam = Iam(200, {"access_token": token, "expires_in": 300, "refresh_token": "next", "token_type": "Bearer"})

    answer = asked(iam, audience="backend", scopes=["openid", "offline_access"], requested="refresh_token")

    assert answer == Granted(token, timedelta(seconds=300), "next", (GROUP,))
    assert {name: value for name, (value,) in iam.form.items()} == {
        "grant_type": f"{URN}grant-type:token-exchange",
        "subject_token": "canary-subject",
        "subject_token_type": f"{URN}token-type:access_token",
        "requested_token_type": f"{URN}token-type:refresh_token",
        "audience": "backend",
        "scope": "openid offline_access",
    }
    assert iam.authorization.startswith("Basic ")


def test_a_refresh_shows_the_refresh_token_and_nothing_else() -> None:
    iam = Iam(200, {"access_token": a_token(), "expires_in": 300})

    assert isinstance(asked(iam, HELD), Granted)
    assert {name: value for name, (value,) in iam.form.items()} == {
        "grant_type": "refresh_token",
        "refresh_token": "canary-refresh",
    }


@pytest.mark.parametrize("code", ["invalid_grant", "invalid_token"])
@pytest.mark.parametrize("grant", [GIVEN, HELD])
def test_a_refusal_is_final(grant: Grant, code: str) -> None:
    answer = asked(Iam(400, {"error": code, "error_description": "Session not active"}), grant)

    assert isinstance(answer, Denied)
    assert "Session not active" in answer.sentence


def test_a_subject_token_that_is_no_good_is_an_invalid_request() -> None:
    assert isinstance(asked(Iam(400, {"error": "invalid_request"})), Denied)
    assert isinstance(asked(Iam(400, {"error": "invalid_request"}), HELD), Unheard)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"error": "invalid_client"}),
        (401, {"error": "unauthorized_client"}),
        (403, {"error": "access_denied"}),
        (400, {"error": "invalid_scope"}),
        (400, {"error": "invalid_target"}),
        (429, {}),
        (503, {"error": "invalid_grant"}),
        (500, ["?"]),
        (200, {"token_type": "Bearer"}),
        (200, {"access_token": ""}),
        (200, {"access_token": "t", "scope": "openid"}),
        (200, "text"),
    ],
)
def test_what_an_operator_can_mend_or_time_can_is_no_refusal(status: int, body: object) -> None:
    assert isinstance(asked(Iam(status, body), scopes=["openid", "compute"]), Unheard)


def test_an_issuer_that_is_away_has_not_refused() -> None:
    assert isinstance(asked(Iam(away=True)), Unheard)


@pytest.mark.parametrize(
    ("said", "lives"),
    [
        (60, timedelta(seconds=60)),
        (0.5, timedelta(seconds=0.5)),
        (0, UNSAID),
        (-1, UNSAID),
        ("60", UNSAID),
        (None, UNSAID),
        (10**30, timedelta(days=400)),
    ],
)
def test_a_token_lives_as_long_as_its_issuer_says_if_that_makes_sense(said: object, lives: timedelta) -> None:
    answer = asked(Iam(200, {"access_token": a_token(), "expires_in": said}))

    assert isinstance(answer, Granted)
    assert answer.lives == lives


@pytest.mark.parametrize(
    ("token", "check", "groups"),
    [
        (a_token(), True, (GROUP,)),
        (a_token(groups=[]), True, ()),
        (a_token(groups=None), True, ()),
        ("opaque", True, ()),
        (a_token(iss="https://evil.example.org"), True, ()),
        ("opaque", False, None),
    ],
)
def test_the_groups_of_now_are_read_from_the_new_token(
    token: str, groups: tuple[str, ...] | None, *, check: bool
) -> None:
    answer = asked(Iam(200, {"access_token": token}), check_groups=check)

    assert isinstance(answer, Granted)
    assert (answer.groups, answer.lives) == (groups, UNSAID)


def test_no_token_and_no_secret_is_in_any_sentence_or_log(caplog: pytest.LogCaptureFixture) -> None:
    leak = f"token {a_token()} of ada\n is no good"

    with caplog.at_level(logging.DEBUG):
        answers = [
            asked(Iam(status, {"error": error, "error_description": leak}), grant)
            for status, error in ((400, "invalid_grant"), (401, "invalid_client"))
            for grant in (GIVEN, HELD)
        ]

    shown = caplog.text + str(answers)
    assert "canary" not in shown
    assert leak.split()[1] not in shown
    assert len(caplog.records) >= 2
