"""Each issuer's tokens are read by the rules of one profile, and what one profile allows another does not."""

import asyncio
import time
from collections.abc import Mapping

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry
from joserfc.registry import HeaderParameter
from pydantic import ValidationError

from shared.contracts.topology import Json
from shared.failures import Permanent
from shared.identity.caller import Caller
from shared.identity.issuers import Profile, TrustedIssuer
from shared.identity.oidc import OidcIdentities

URL = "https://iam.example.org"
OTHER = "https://other.example.org"
KEY = RSAKey.generate_key(2048, {"kid": "k", "use": "sig"})
NOW = int(time.time())
ANY = "https://wlcg.cern.ch/jwt/v1/any"
CLAIMS: Mapping[str, Json] = {
    "iss": URL,
    "sub": "ada",
    "aud": "corale",
    "exp": NOW + 86400,
    "iat": NOW,
    "jti": "1",
    "client_id": "c",
    "wlcg.ver": "1.2",
    "groups": ["biomed"],
    "wlcg.groups": ["/biomed", "/biomed/a"],
}


def iam(request: httpx.Request) -> httpx.Response:
    """Any issuer; all publish one key."""
    base = f"{request.url.scheme}://{request.url.host}"
    if request.url.path.endswith("openid-configuration"):
        said = {"issuer": base, "jwks_uri": f"{base}/jwk", "introspection_endpoint": f"{base}/introspect"}
        return httpx.Response(200, json=said)
    return httpx.Response(200, json={"keys": [KEY.as_dict(private=False)]})


def trusted(profile: str = "indigo-iam", **more: object) -> TrustedIssuer:
    """An issuer of that profile."""
    return TrustedIssuer.model_validate({"issuer": URL, "audience": "corale", "profile": profile} | more)


def a_token(changes: Mapping[str, Json] | None = None, *, kind: str | None = "at+jwt", leave: str = "") -> str:
    """A token of ada's that every profile takes, with these changes."""
    said = {name: value for name, value in {**CLAIMS, **(changes or {})}.items() if name != leave}
    header = {"alg": "RS256", "kid": "k"} | ({"typ": kind} if kind is not None else {})
    return jwt.encode(header, said, KEY)


def caller(token: str, *issuers: TrustedIssuer) -> Caller:
    """Whom it speaks for."""
    client = httpx.AsyncClient(transport=httpx.MockTransport(iam))
    return asyncio.run(OidcIdentities(issuers, client).caller(token))


SIGNED = [profile for profile in Profile if profile is not Profile.INTROSPECTION]


@pytest.mark.parametrize("profile", SIGNED)
def test_a_good_token_is_taken(profile: Profile) -> None:
    assert caller(a_token(), trusted(profile)).principal.subject == "ada"


@pytest.mark.parametrize("profile", SIGNED)
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"aud": ["corale2", "c"]}, "audience"),
        ({"aud": {"corale": 1}}, "audience"),
        ({"exp": NOW - 1}, "expired"),
        ({"exp": True}, "expired"),
        ({"exp": 1e300}, "expired"),
        ({"exp": float("nan")}, "expired"),
        ({"nbf": float("nan")}, "not valid yet"),
        ({"nbf": NOW + 86400}, "not valid yet"),
        ({"nbf": "later"}, "not valid yet"),
        ({"sub": ["ada"]}, "subject"),
        ({"nonce": "n"}, "identity token"),
        ({"at_hash": "h"}, "identity token"),
        ({"typ": "ID"}, "identity token"),
        ({"typ": "Refresh"}, "identity token"),
        ({"cnf": {"jkt": "x"}}, "bound to a key"),
    ],
)
def test_what_no_profile_takes(profile: Profile, changes: Mapping[str, Json], why: str) -> None:
    with pytest.raises(Permanent, match=why):
        caller(a_token(changes), trusted(profile))


@pytest.mark.parametrize("profile", SIGNED)
def test_a_clock_that_is_a_minute_off_does_not_matter_at_the_start_of_a_life(profile: Profile) -> None:
    assert caller(a_token({"nbf": NOW + 50, "iat": NOW + 50}), trusted(profile)).principal.subject == "ada"


@pytest.mark.parametrize(
    ("profile", "typ", "taken"),
    [
        ("rfc9068", "at+jwt", True),
        ("rfc9068", "application/at+jwt", True),
        ("rfc9068", "AT+JWT", True),
        ("rfc9068", "JWT", False),
        ("rfc9068", None, False),
        ("wlcg", "JWT", True),
        ("indigo-iam", None, True),
        ("egi-checkin", "JWT", True),
        ("egi-checkin", "logout+jwt", False),
        ("indigo-iam", "secevent+jwt", False),
    ],
)
def test_the_type_in_the_header_says_that_it_is_an_access_token(profile: str, typ: str | None, *, taken: bool) -> None:
    token = a_token(kind=typ)

    if taken:
        assert caller(token, trusted(profile)).principal.subject == "ada"
    else:
        with pytest.raises(Permanent, match="type"):
            caller(token, trusted(profile))


@pytest.mark.parametrize(
    ("profile", "lacking"),
    [("rfc9068", "jti"), ("rfc9068", "client_id"), ("rfc9068", "iat"), ("wlcg", "wlcg.ver"), ("wlcg", "jti")],
)
def test_what_a_profile_requires_must_be_there(profile: str, lacking: str) -> None:
    with pytest.raises(Permanent, match=lacking):
        caller(a_token(leave=lacking), trusted(profile))


@pytest.mark.parametrize(("version", "known"), [("1.0", True), ("1.7", True), ("2.0", False), ("11.0", False)])
def test_a_wlcg_token_of_an_unknown_major_version_is_refused(version: str, *, known: bool) -> None:
    token = a_token({"wlcg.ver": version})

    if known:
        assert caller(token, trusted("wlcg")).principal.subject == "ada"
    else:
        with pytest.raises(Permanent, match="version"):
            caller(token, trusted("wlcg"))


def test_wlcgs_any_audience_is_taken_only_if_configured() -> None:
    token = a_token({"aud": ANY})

    with pytest.raises(Permanent, match="audience"):
        caller(token, trusted("wlcg"))
    assert caller(token, trusted("wlcg", more_audiences=[ANY])).principal.subject == "ada"


@pytest.mark.parametrize("profile", ["rfc9068", "wlcg", "egi-checkin"])
def test_the_issuer_is_compared_to_the_letter(profile: str) -> None:
    with pytest.raises(Permanent, match="issuer"):
        caller(a_token({"iss": f"{URL}/"}), trusted(profile))
    assert caller(a_token({"iss": f"{URL}/"}), trusted("indigo-iam")).principal.subject == "ada"


@pytest.mark.parametrize(
    ("claims", "groups"),
    [
        ({"wlcg.groups": ["/cms/uscms", "/cms"]}, ("cms/uscms", "cms")),
        ({"wlcg.groups": ["/cms/uscms"]}, ("cms/uscms",)),
        ({"wlcg.groups": ["cms", "/-x", "/a//b", "/a/", "/a b", "/a\n", 7, None]}, ()),
        ({"wlcg.groups": "/cms"}, ("cms",)),
        ({"wlcg.groups": ["/cms"], "scope": "openid storage.read:/ wlcg"}, ()),
        ({"wlcg.groups": ["/cms"], "scope": "compute.create"}, ()),
        ({"wlcg.groups": ["/cms"], "scope": "openid wlcg.groups"}, ("cms",)),
    ],
)
def test_wlcg_groups_follow_its_grammar_and_give_way_to_capabilities(
    claims: Mapping[str, Json], groups: tuple[str, ...]
) -> None:
    assert caller(a_token(claims), trusted("wlcg")).groups == groups


def test_each_profile_reads_groups_where_its_issuers_put_them() -> None:
    both = "urn:mace:egi.eu:group:vo"
    token = a_token({"groups": ["/plain", "biomed"], "wlcg.groups": ["/biomed", "/w"], "eduperson_entitlement": [both]})

    def groups(profile: str) -> tuple[str, ...]:
        return caller(token, trusted(profile, namespaces=["urn:mace:egi.eu"])).groups

    assert groups("rfc9068") == ("plain", "biomed", "vo")
    assert groups("wlcg") == ("biomed", "w")
    assert groups("indigo-iam") == ("biomed", "vo")
    assert groups("egi-checkin") == ("vo",)


def test_an_issuer_that_signs_in_anothers_name_is_not_believed() -> None:
    other_key = RSAKey.generate_key(2048, {"kid": "k"})
    forged = jwt.encode({"alg": "RS256", "kid": "k"}, dict(CLAIMS), other_key)

    with pytest.raises(Permanent, match="signature"):
        caller(forged, trusted(), TrustedIssuer(issuer=OTHER, audience="corale"))


def test_one_subject_of_two_issuers_is_two_people_and_admin_of_one_is_none_of_the_other() -> None:
    ours, other = (
        trusted(admins=["biomed"]),
        TrustedIssuer(issuer=OTHER, audience="corale", admins=frozenset({"others"})),
    )

    first, second = (caller(a_token({"iss": url}), ours, other) for url in (URL, OTHER))

    assert first.principal != second.principal
    assert (first.admin, second.admin) == (True, False)


def test_an_algorithm_must_be_in_the_issuers_list() -> None:
    with pytest.raises(Permanent, match="signature"):
        caller(a_token(), trusted(algorithms=["ES256"]))
    for unsafe in (["none"], ["HS256", "RS256"], []):
        with pytest.raises(ValidationError):
            trusted(algorithms=unsafe)


@pytest.mark.parametrize("header", [{"jku": f"{OTHER}/jwk"}, {"x5u": f"{OTHER}/x"}])
def test_where_a_token_says_its_key_is_does_not_matter(header: Mapping[str, str]) -> None:
    own = RSAKey.generate_key(2048, {"kid": "k"})
    token = jwt.encode({"alg": "RS256", "kid": "k", **header}, dict(CLAIMS), own)

    with pytest.raises(Permanent, match="signature"):
        caller(token, trusted())


def test_a_header_that_must_be_understood_and_is_not_makes_a_token_void() -> None:
    lenient = JWSRegistry({"exp": HeaderParameter("not ours", "int")}, ["RS256"])
    token = jwt.encode({"alg": "RS256", "kid": "k", "crit": ["exp"], "exp": NOW}, dict(CLAIMS), KEY, registry=lenient)

    with pytest.raises(Permanent, match="signature"):
        caller(token, trusted())


def test_groups_in_a_token_for_others_are_read_without_letting_anybody_in() -> None:
    identities = OidcIdentities([trusted()], httpx.AsyncClient(transport=httpx.MockTransport(iam)))

    async def story() -> None:
        elsewhere = a_token({"aud": "backend"}, leave="wlcg.groups")
        assert await identities.stated_groups(URL, elsewhere) == ("biomed",)
        assert await identities.stated_groups(URL, a_token({"aud": "backend", "groups": []}, leave="wlcg.groups")) == ()
        assert await identities.stated_groups(OTHER, elsewhere) is None
        assert await identities.stated_groups(URL, "opaque") is None
        with pytest.raises(Permanent):
            await identities.caller(elsewhere)

    asyncio.run(story())
