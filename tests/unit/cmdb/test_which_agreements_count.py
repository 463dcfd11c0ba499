from datetime import datetime, timedelta

import pytest

from services.cmdb.app.agreements import Agreements
from services.cmdb.domain.accords import Accords
from shared.contracts.agreements import AgreementState
from tests.support.builders import ISSUER, NOON, a_site, an_agreement, an_envelope

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("state", "starts", "ends", "let_in"),
    [
        (AgreementState.ACTIVE, NOON - DAY, NOON + DAY, True),
        (AgreementState.SIGNED, NOON, None, True),
        (AgreementState.EXPIRING, NOON - DAY, NOON + DAY, True),
        (AgreementState.ACTIVE, NOON + DAY, None, False),
        (AgreementState.ACTIVE, NOON - DAY, NOON, False),
        (AgreementState.SUSPENDED, NOON - DAY, None, False),
        (AgreementState.DRAFT, NOON - DAY, None, False),
    ],
)
def test_a_group_with_an_agreement_is_let_in_while_it_is_in_force(
    state: AgreementState, starts: datetime, ends: datetime | None, let_in: bool
) -> None:
    accords = Accords([an_agreement("bari", group="/kube/users", state=state, starts=starts, ends=ends)], NOON)
    assert accords.let_in("bari", ISSUER, "kube/users") is let_in
    assert (accords.of("bari", ISSUER, "kube/users") is not None) is let_in
    assert accords.let_in("bari", ISSUER, "others")
    assert accords.let_in("cnaf", ISSUER, "kube/users")


def test_an_agreement_of_one_issuers_group_is_not_for_another_issuers_group_of_that_name() -> None:
    agreement = an_agreement("bari", group="users").model_copy(update={"issuer": ISSUER.rstrip("/")})
    accords = Accords([agreement], NOON)
    assert accords.let_in("bari", ISSUER, "users")
    assert not accords.let_in("bari", "https://other.example.org", "users")


def test_the_last_word_counts_and_other_facts_do_not() -> None:
    agreements = Agreements()
    first, last = an_agreement("bari"), an_agreement("bari", state=AgreementState.TERMINATED)
    for body in (first, a_site("bari"), last):
        agreements.fold(an_envelope(body))
    assert list(agreements.known.values()) == [last]


def test_accords_are_alike_until_an_agreement_begins_or_ends() -> None:
    told = [an_agreement("bari", starts=NOON, ends=NOON + DAY)]
    assert Accords(told, NOON) == Accords(told, NOON + DAY / 2)
    assert Accords(told, NOON) != Accords(told, NOON + DAY)
