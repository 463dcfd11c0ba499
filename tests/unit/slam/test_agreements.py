from datetime import timedelta

import pytest

from services.slam.domain.agreements import diff, in_force
from shared.contracts.agreements import AgreementChanged, AgreementState
from shared.contracts.vocabulary import AgreementId
from tests.support.builders import NOON, an_agreement

SECOND = timedelta(seconds=1)
AN = an_agreement()
ID = AN.agreement


def test_an_agreement_is_in_force_from_its_start_until_just_before_its_end() -> None:
    agreement = an_agreement(starts=NOON, ends=NOON + timedelta(days=1))
    moments = {
        NOON - SECOND: False,
        NOON: True,
        NOON + timedelta(days=1) - SECOND: True,
        NOON + timedelta(days=1): False,
    }
    assert {at: in_force(agreement, at) for at in moments} == moments


def test_an_agreement_without_an_end_goes_on() -> None:
    assert in_force(an_agreement(starts=NOON), NOON + timedelta(days=36500))


@pytest.mark.parametrize("state", [AgreementState.SUSPENDED, AgreementState.TERMINATED])
def test_an_agreement_that_is_not_active_gives_no_right(state: AgreementState) -> None:
    assert not in_force(an_agreement(state=state), NOON)


def test_only_what_is_new_or_different_is_told() -> None:
    other = an_agreement("cnaf")
    changed = an_agreement("cnaf", priority=7)
    assert diff({ID: AN, other.agreement: other}, {ID: AN, other.agreement: changed}) == (changed,)
    assert diff({}, {ID: AN}) == (AN,)


def test_an_agreement_that_is_seen_no_more_is_terminated_once() -> None:
    (told,) = diff({ID: AN}, {})
    assert told == AN.model_copy(update={"state": AgreementState.TERMINATED})
    assert diff({ID: told}, {}) == ()


def test_an_agreement_that_comes_back_is_told_as_it_is_written() -> None:
    ended = AN.model_copy(update={"state": AgreementState.TERMINATED})
    assert diff({ID: ended}, {ID: AN}) == (AN,)


def test_an_agreement_that_cannot_be_understood_stays_as_it_is_known() -> None:
    assert diff({ID: AN}, {ID: None, AgreementId("new"): None}) == ()


def test_what_comes_back_from_the_store_is_what_went_in() -> None:
    stored = AgreementChanged.model_validate_json(AN.model_dump_json(exclude_defaults=True))
    assert diff({ID: stored}, {ID: AN}) == ()
