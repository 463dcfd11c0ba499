"""A token proves who calls, or it proves nothing; why is said without showing it."""

import asyncio
import base64
import hmac
import json
import time
from collections.abc import Mapping

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey, RSAKey

from shared.contracts.topology import Json
from shared.failures import Permanent, Transient
from shared.identity.caller import Caller
from shared.identity.issuers import TrustedIssuer
from shared.identity.oidc import OidcIdentities
from shared.identity.services import ServiceIdentities

URL = "https://iam.example.org"
KEYS = {name: RSAKey.generate_key(2048, {"kid": name}) for name in ("first", "second")}
NOW = int(time.time())
CLAIMS = {"iss": URL, "sub": "ada", "aud": "corale", "exp": NOW + 3600, "iat": NOW, "groups": ["/biomed", "users"]}


class Iam:
    """An issuer in memory: which keys it publishes, whether it answers, and how often it was asked."""

    def __init__(self) -> None:
        self.published = ["first"]
        self.away = False
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ConnectError("away")
        self.asked += 1
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(200, json={"issuer": f"{URL}/", "jwks_uri": f"{URL}/jwk"})
        return httpx.Response(200, json={"keys": [KEYS[name].as_dict(private=False) for name in self.published]})


def identities(iam: Iam) -> OidcIdentities:
    """The gateway's identities, which trust one issuer."""
    return OidcIdentities(
        [TrustedIssuer(issuer=URL, audience="corale")], httpx.AsyncClient(transport=httpx.MockTransport(iam))
    )


def a_token(key: str = "first", **claims: object) -> str:
    """A token of ada's."""
    return jwt.encode({"alg": "RS256", "kid": key}, {**CLAIMS, **claims}, KEYS[key])


def caller(token: str, iam: Iam | None = None) -> Caller:
    """Who it speaks for."""
    return asyncio.run(identities(iam or Iam()).caller(token))


def test_a_good_token_proves_issuer_subject_and_groups() -> None:
    ada = caller(a_token())

    assert (ada.principal.issuer, ada.principal.subject) == (URL, "ada")
    assert ada.groups == ("biomed", "users")


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": NOW - 1}, "expired"),
        ({"exp": "soon"}, "expired"),
        ({"nbf": NOW + 3600}, "not valid yet"),
        ({"aud": ["other"]}, "audience"),
        ({"aud": None}, "audience"),
        ({"sub": ""}, "subject"),
        ({"iss": "https://elsewhere.example.org"}, "issuer"),
        ({"nonce": "n"}, "identity token"),
    ],
)
def test_what_a_token_says_must_hold(claims: Mapping[str, Json], why: str) -> None:
    token = a_token(**claims)

    with pytest.raises(Permanent, match=why) as refusal:
        caller(token)

    assert token not in str(refusal.value)


def unsigned(header: Mapping[str, object]) -> str:
    """A token with that header and no signature."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, CLAIMS)]
    return ".".join([*parts, ""])


def test_a_token_without_signature_or_signed_with_the_public_key_proves_nothing() -> None:
    signed = unsigned({"alg": "HS256", "kid": "first"}).removesuffix(".")
    mac = hmac.digest(KEYS["first"].as_pem(private=False), signed.encode(), "sha256")
    confused = f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    for token in (unsigned({"alg": "none"}), unsigned({"alg": "RS256", "kid": "first"}), confused):
        with pytest.raises(Permanent, match="signature"):
            caller(token)


def test_a_key_that_travels_in_the_token_is_not_believed() -> None:
    own = RSAKey.generate_key(2048, {"kid": "first"})
    token = jwt.encode({"alg": "RS256", "kid": "first", "jwk": own.as_dict(private=False)}, CLAIMS, own)

    with pytest.raises(Permanent, match="signature"):
        caller(token)


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "x" * 20_000, "bnVsbA.bnVsbA.x"])
def test_nonsense_proves_nothing(token: str) -> None:
    with pytest.raises(Permanent):
        caller(token)


def test_keys_are_fetched_once_and_again_for_a_key_that_is_new() -> None:
    iam = Iam()

    async def story() -> None:
        known = identities(iam)
        for _ in range(3):
            await known.caller(a_token(jti=str(_)))
        assert iam.asked == 2
        iam.published = ["second"]
        with pytest.raises(Permanent):
            await known.caller(a_token("second"))  # asked too soon after the last time
        assert iam.asked == 2

    asyncio.run(story())


def test_a_token_whose_issuer_cannot_be_asked_is_not_called_bad() -> None:
    iam = Iam()
    iam.away = True

    with pytest.raises(Transient):
        caller(a_token(), iam)


def test_known_keys_serve_while_the_issuer_is_away() -> None:
    iam = Iam()

    async def story() -> None:
        known = identities(iam)
        await known.caller(a_token())
        iam.away = True
        assert (await known.caller(a_token(jti="other"))).principal.subject == "ada"

    asyncio.run(story())


def test_a_service_is_known_by_its_own_key_only() -> None:
    keys = {name: OKPKey.generate_key("Ed25519") for name in ("deployer", "mallory")}
    public = {name: str(keys["deployer"].as_dict(private=False)[name]) for name in ("kty", "crv", "x")}
    services = ServiceIdentities({"deployer": public}, "inside")

    def token(key: str, **claims: object) -> str:
        said = {"iss": "deployer", "sub": "deployer", "aud": "inside", "exp": NOW + 3600, **claims}
        return jwt.encode({"alg": "Ed25519"}, said, keys[key], algorithms=["Ed25519"])

    assert services.service(token("deployer")) == "deployer"
    for bad in (token("mallory"), token("mallory", iss="mallory"), token("deployer", aud="other"), a_token(), "x"):
        with pytest.raises(Permanent):
            services.service(bad)
