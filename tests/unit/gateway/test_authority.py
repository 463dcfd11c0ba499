"""Who may do what: every standing and every deed."""

import pytest

from services.gateway.domain.authority import Deed, Standing, Who, refusal, standing
from services.gateway.domain.view import View
from shared.contracts.vocabulary import DeploymentId, Principal
from tests.support.builders import ISSUER, NOON

ADA, OTHER_ADA = Principal(issuer=ISSUER, subject="ada"), Principal(issuer="https://other.example.org/", subject="ada")
BOB = Principal(issuer=ISSUER, subject="bob")
VIEW = View(id=DeploymentId("d-1"), owner=ADA, user_group="biomed", created_at=NOON, updated_at=NOON)

OWNER = Who(ADA, ("biomed",), admin=False)
LEFT = Who(ADA, (), admin=False)
MEMBER = Who(BOB, ("biomed",), admin=False)
ADMIN = Who(BOB, (), admin=True)
NOBODY = Who(BOB, ("others",), admin=False)
NAMESAKE = Who(OTHER_ADA, ("biomed",), admin=False)
FOREIGN_ADMIN = Who(OTHER_ADA, ("biomed",), admin=True)

ALL, NONE = frozenset(Deed), frozenset[Deed]()


@pytest.mark.parametrize(
    ("who", "being", "may"),
    [
        (OWNER, Standing.OWNER, ALL),
        (LEFT, Standing.OWNER, {Deed.SEE, Deed.REVEAL}),
        (ADMIN, Standing.ADMIN, ALL - {Deed.REVEAL}),
        (MEMBER, Standing.MEMBER, {Deed.SEE}),
        (NOBODY, Standing.STRANGER, NONE),
        (NAMESAKE, Standing.STRANGER, NONE),
        (FOREIGN_ADMIN, Standing.STRANGER, NONE),
    ],
)
def test_everybody_may_do_exactly_what_the_table_says(who: Who, being: Standing, may: frozenset[Deed]) -> None:
    assert standing(who, VIEW) is being
    assert {deed for deed in Deed if refusal(who, VIEW, deed) is None} == may


def test_a_deployment_of_no_group_is_its_owners_alone() -> None:
    private = VIEW.model_copy(update={"user_group": None})

    assert standing(MEMBER, private) is Standing.STRANGER
    assert refusal(LEFT, private, Deed.CHANGE) is None


def test_who_left_the_group_is_told_so() -> None:
    assert "no longer a member of the group 'biomed'" in str(refusal(LEFT, VIEW, Deed.CHANGE))
