"""An entitlement is read as its issuer meant it, or not at all; and an issuer speaks for its own namespaces only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.identity.entitlements import Entitlement, NotAGroup, may_assert, parse, render
from shared.identity.groups import groups_of
from shared.identity.issuers import Profile, TrustedIssuer

EGI = "urn:mace:egi.eu"
WORDS = st.text(min_size=1, max_size=20).filter(
    lambda word: word.isprintable() and "/" not in word and word not in (".", "..")
)
NAMESPACES = st.sampled_from([EGI, "urn:geant:dariah.eu", "urn:mace", "urn:geant:h-df.de:aai"])
ENTITLEMENTS = st.builds(
    Entitlement,
    namespace=NAMESPACES,
    path=st.lists(WORDS, min_size=1, max_size=4).map(tuple),
    role=st.none() | WORDS,
    authority=st.none() | WORDS,
)


def checkin(*namespaces: str, roles: frozenset[str] = frozenset({"member"})) -> TrustedIssuer:
    """An issuer that may speak in these namespaces."""
    return TrustedIssuer(
        issuer="https://aai.example.org",
        audience="corale",
        profile=Profile.EGI_CHECKIN,
        namespaces=frozenset(namespaces),
        roles=roles,
    )


@given(ENTITLEMENTS)
def test_what_is_written_is_read_back(said: Entitlement) -> None:
    assert parse(render(said)) == said


@given(ENTITLEMENTS, ENTITLEMENTS)
def test_two_that_differ_are_written_differently_and_never_name_one_group(one: Entitlement, two: Entitlement) -> None:
    assert (render(one) == render(two)) == (one == two)
    assert (one.group == two.group) == (one.path == two.path)


@given(st.text(max_size=60) | st.text(alphabet="urn:mace%#=/role.group0A", max_size=60))
def test_whatever_comes_is_read_or_refused(text: str) -> None:
    for given_text in (text, f"{EGI}:group:{text}"):
        try:
            said = parse(given_text)
        except NotAGroup:
            continue
        assert parse(render(said)) == said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{EGI}:group:vo.example.eu:role=member#aai.egi.eu", (("vo.example.eu",), "member", "aai.egi.eu")),
        (f"{EGI}:group:vo:projects:a", (("vo", "projects", "a"), None, None)),
        ("URN:Mace:egi.eu:group:VO", (("VO",), None, None)),
        (f"{EGI}:group:a%20b%3Ac", (("a b:c",), None, None)),
        (f"{EGI}:group:role%3Dadmin", (("role=admin",), None, None)),
    ],
)
def test_the_forms_of_the_guideline_are_read(
    text: str, expected: tuple[tuple[str, ...], str | None, str | None]
) -> None:
    said = parse(text)

    assert (said.path, said.role, said.authority) == expected
    assert said.namespace == EGI


@pytest.mark.parametrize(
    "text",
    [
        "vo.example.eu",
        EGI,
        f"{EGI}:group:",
        f"{EGI}:group:#aai",
        f"{EGI}:group:role=member",
        f"{EGI}:group:vo:role=member:more",
        f"{EGI}:group:vo:role=",
        f"{EGI}:group:vo::a",
        f"{EGI}:group:vo#",
        f"{EGI}:group:vo#a#b",
        f"{EGI}:group:vo%2Fadmins",
        f"{EGI}:group:vo/admins",
        f"{EGI}:group:vo%0Aadmins",
        f"{EGI}:group:vo%FF",
        f"{EGI}:group:vo%4",
        f"{EGI}:group:vo?=x",
        f"{EGI}:group:..",
        f"{EGI}:group:vö",
        f"urn::group:{'v' * 10}",
        f"http://egi.eu:group:{'v' * 10}",
        f"{EGI}:group:{'v' * 2000}",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(NotAGroup):
        parse(text)


def test_an_issuer_may_not_put_its_users_into_the_groups_of_another() -> None:
    claims = {
        "eduperson_entitlement": [
            f"{EGI}:group:vo.example.eu:role=member#aai.egi.eu",
            "urn:geant:other.eu:group:vo.example.eu:admins#aai.egi.eu",
            f"{EGI}.evil:group:admins#aai.egi.eu",
            f"{EGI}:sub:group:admins#aai.egi.eu",
            f"{EGI}:group:forged#aai.other.eu",
            f"{EGI}:group:unsigned",
        ]
    }

    assert groups_of(claims, checkin(f"{EGI}#aai.egi.eu")) == ("vo.example.eu",)
    assert groups_of(claims, checkin("urn:geant:other.eu")) == ("vo.example.eu/admins",)
    assert groups_of(claims, checkin()) == ()


def test_the_namespace_is_compared_to_the_letter_but_for_its_scheme() -> None:
    said = parse("URN:MACE:egi.eu:group:vo")

    assert may_assert(said, checkin("urn:mace:egi.eu").namespaces)
    assert may_assert(said, checkin("URN:mace:egi.eu").namespaces)
    assert not may_assert(said, checkin("urn:mace:EGI.eu").namespaces)


def test_a_role_makes_a_member_only_if_it_is_one_that_does() -> None:
    claims = {
        "entitlements": [f"{EGI}:group:vo:role=vm_operator", f"{EGI}:group:other:role=member", f"{EGI}:group:own"]
    }

    assert groups_of(claims, checkin(EGI)) == ("other", "own")
    assert groups_of(claims, checkin(EGI, roles=frozenset({"vm_operator"}))) == ("vo", "own")


def test_being_in_a_subgroup_does_not_put_into_the_group_above() -> None:
    assert groups_of({"entitlements": [f"{EGI}:group:vo:projects:a"]}, checkin(EGI)) == ("vo/projects/a",)


def test_a_namespace_that_is_none_is_refused_in_the_settings() -> None:
    for wrong in ("egi.eu", "urn:", f"{EGI}:group:vo", f"{EGI}#"):
        with pytest.raises(ValidationError):
            checkin(wrong)
