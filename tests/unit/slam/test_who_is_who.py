from dataclasses import replace

import pytest

from services.slam.domain.lifecycle import Role, Status
from services.slam.domain.negotiation import kept_apart
from services.slam.domain.rights import Naming, Person, Rights
from services.slam.domain.sites import Sites
from services.slam.domain.terms import Terms
from shared.contracts.sites import SiteWithdrawn
from shared.contracts.vocabulary import Principal, ServiceId, SiteId
from tests.support.builders import a_service, a_site, an_envelope
from tests.unit.slam.made import ADA, ANNA, EVE, OWEN, a_record, cores, some_terms

RIGHTS = Rights(Naming(members=("{group}", "urn:x:{group}:role=member"), managers=("{group}/managers",)))
OWNERS = (OWEN,)
CUSTOMER = frozenset({Role.CUSTOMER})


def person(principal: Principal, *groups: str, admin: bool = False) -> Person:
    return Person(principal, frozenset(groups), admin)


MANAGER = person(ANNA, "biomed/users", "biomed/users/managers")


def test_one_is_what_the_token_the_record_of_the_site_and_the_issuer_say() -> None:
    terms = some_terms()
    assert RIGHTS.roles(MANAGER, terms, OWNERS) == {Role.CUSTOMER}
    assert RIGHTS.roles(person(ANNA, "biomed/users"), terms, OWNERS) == set()
    assert RIGHTS.roles(person(OWEN), terms, OWNERS) == {Role.OWNER}
    assert RIGHTS.roles(person(ADA, admin=True), terms, OWNERS) == {Role.ADMIN}
    assert RIGHTS.roles(person(OWEN, "biomed/users/managers"), terms, OWNERS) == {Role.CUSTOMER, Role.OWNER}


def test_a_slash_before_a_groups_name_makes_no_difference() -> None:
    terms = some_terms(group="/biomed/users")
    assert RIGHTS.roles(MANAGER, terms, OWNERS) == CUSTOMER
    assert RIGHTS.member(MANAGER, "/biomed/users")


@pytest.mark.parametrize("group", ["biomed/users/managers", "biomed", "biomed/users2", "urn:x:biomed:role=member"])
def test_a_like_name_is_another_group(group: str) -> None:
    assert not RIGHTS.member(person(EVE, group), "biomed/use")


def test_the_groups_one_may_be_in_are_those_one_is_a_member_of() -> None:
    groups = RIGHTS.groups(person(ANNA, "a/b", "a/managers", "urn:x:c:role=member", "urn:x::role=member", "/managers"))
    assert groups == {"a/b", "a/managers", "a", "urn:x:c:role=member", "c", "urn:x::role=member", "/managers"}
    assert all(RIGHTS.member(person(ANNA, "a/managers"), group) for group in ("a", "a/managers"))


def test_a_group_of_another_issuer_is_another_group() -> None:
    terms = some_terms(issuer="https://other.example.org/")
    assert RIGHTS.roles(MANAGER, terms, OWNERS) == set()
    assert not RIGHTS.may_read(MANAGER, a_record(terms), OWNERS)
    assert RIGHTS.roles(MANAGER, some_terms(issuer="https://iam.example.org"), OWNERS) == CUSTOMER


def test_the_same_subject_of_another_issuer_is_somebody_else() -> None:
    other = Principal(issuer="https://other.example.org/", subject="owen")
    assert RIGHTS.roles(person(other), some_terms(managers=(OWEN,)), OWNERS) == set()


def test_a_listed_manager_speaks_for_the_group_but_not_in_an_agreement_that_lists_himself_first() -> None:
    terms = some_terms(managers=(EVE,))
    assert RIGHTS.roles(person(EVE), terms, OWNERS) == CUSTOMER
    assert RIGHTS.roles(person(EVE), terms, OWNERS, new=True) == set()


def test_members_owners_and_administrators_read_and_nobody_else_does() -> None:
    record = a_record(status=Status.SENT)
    readers = [MANAGER, person(ANNA, "urn:x:biomed/users:role=member"), person(OWEN), person(ADA, admin=True)]
    assert all(RIGHTS.may_read(reader, record, OWNERS) for reader in readers)
    assert not RIGHTS.may_read(person(EVE, "biomed"), record, OWNERS)


def test_a_draft_is_the_groups_own_and_a_deleted_one_is_for_administrators() -> None:
    draft = a_record(status=Status.DRAFT)
    assert not RIGHTS.may_read(person(OWEN), draft, OWNERS)
    deleted = replace(draft, status=Status.DELETED)
    assert not RIGHTS.may_read(MANAGER, deleted, OWNERS)
    assert RIGHTS.may_read(person(ADA, admin=True), deleted, OWNERS)


@pytest.mark.parametrize(
    ("other", "whose"),
    [
        (some_terms(group="other"), "group is fixed"),
        (some_terms(site="other"), "site is fixed"),
        (some_terms(issuer="https://other.example.org/"), "issuer is fixed"),
    ],
)
def test_an_offer_is_about_the_same_two_sides(other: Terms, whose: str) -> None:
    for role in Role:
        assert whose in str(kept_apart(some_terms(), other, frozenset({role})))


def test_an_owner_offers_other_amounts_but_does_not_choose_who_answers() -> None:
    standing = some_terms(cores(5))
    owner = frozenset({Role.OWNER})
    assert kept_apart(standing, some_terms(cores(4)), owner) is None
    assert "managers is for the group to say" in str(kept_apart(standing, some_terms(managers=(OWEN,)), owner))
    assert "priority is for the group to say" in str(kept_apart(standing, some_terms(priority=9), owner))
    assert kept_apart(standing, some_terms(managers=(EVE,)), CUSTOMER) is None


def test_a_site_is_known_by_its_last_word_and_its_owners_outlast_it() -> None:
    sites = Sites()
    sites.fold(an_envelope(a_site("cineca").model_copy(update={"owners": OWNERS})))
    assert sites.names() == ("cineca",)
    sites.fold(an_envelope(SiteWithdrawn(site=SiteId("cineca"))))
    assert sites.names() == ()
    assert sites.owners(SiteId("cineca")) == OWNERS
    assert sites.owners(SiteId("elsewhere")) == ()


def test_only_what_is_public_all_through_signs_itself() -> None:
    public, private = (
        a_service("open").model_copy(update={"public": True}),
        a_service("closed"),
    )
    sites = Sites()
    sites.fold(an_envelope(a_site("cineca", public, private)))
    site = SiteId("cineca")
    assert sites.public(site, (ServiceId("open"),))
    assert not sites.public(site, (ServiceId("open"), ServiceId("closed")))
    assert not sites.public(site, (ServiceId("open"), ServiceId("none")))
    assert not sites.public(site, ())
    assert not sites.public(SiteId("elsewhere"), ())
