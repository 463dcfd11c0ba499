from dataclasses import replace

from services.slam.domain.agreements import diff
from services.slam.domain.lifecycle import Status
from services.slam.domain.record import Record, Source
from services.slam.domain.terms import Terms
from shared.contracts.vocabulary import AgreementId
from tests.unit.slam.made import a_record, cores, some_terms

AN = a_record(some_terms(cores(5)), source=Source.FILE)
KNOWN = replace(AN, revision=7)


def test_only_what_is_new_or_different_is_a_revision() -> None:
    other = a_record(id="sla-2", source=Source.FILE)
    changed = a_record(some_terms(priority=7), id="sla-2", source=Source.FILE)
    assert diff({AN.id: KNOWN, other.id: other}, {AN.id: AN, other.id: changed}) == (replace(changed, revision=2),)
    assert diff({}, {AN.id: AN}) == (AN,)


def test_an_agreement_that_is_seen_no_more_is_terminated_once() -> None:
    (gone,) = diff({AN.id: KNOWN}, {})
    assert gone == replace(KNOWN, status=Status.TERMINATED, revision=8)
    assert diff({AN.id: gone}, {}) == ()


def test_an_agreement_that_comes_back_is_as_it_is_written() -> None:
    ended = replace(KNOWN, status=Status.TERMINATED)
    assert diff({AN.id: ended}, {AN.id: AN}) == (replace(AN, revision=8),)


def test_an_agreement_that_cannot_be_understood_stays_as_it_is_known() -> None:
    assert diff({AN.id: KNOWN}, {AN.id: None, AgreementId("new"): None}) == ()


def test_what_comes_back_from_the_store_is_what_went_in() -> None:
    terms = Terms.model_validate_json(AN.terms.model_dump_json(exclude_defaults=True))
    stored = Record(AN.id, AN.status, terms, 7, Source.FILE)
    assert diff({AN.id: stored}, {AN.id: AN}) == ()
