"""Counterfactuals, and how much is told of how many."""

import re
from dataclasses import replace

import pytest

from services.ranker.domain.books import Books
from services.ranker.domain.rank import Ranking, rank
from shared.contracts.message import Message
from shared.contracts.sites import Quantities, ServiceStatus
from tests.support.builders import NOON, a_request, a_service, a_site, an_agreement
from tests.unit.ranker.ranked import a_federation, a_method, ranked, seen, sites_in, some_books, the_rejection

TWO = (a_site("bari"), an_agreement("bari"), a_site("cineca"), an_agreement("cineca"))


def many(count: int, *, agreed: int, full: int = 0) -> list[Message]:
    facts: list[Message] = []
    for number in range(count):
        site = f"site-{number:02}"
        quota = Quantities(cpus=0.0) if number < full else Quantities()
        facts.append(a_site(site, a_service(f"{site}-compute", quota=quota)))
        if number < agreed:
            facts.append(an_agreement(site))
    return facts


def ranked_by(facts: list[Message], *, most: int = 5, most_rejected: int = 500, books: Books | None = None) -> Ranking:
    method = replace(a_method(), most=most, most_rejected=most_rejected)
    return rank(a_request(), a_federation(*facts), books or some_books(), NOON, method)


def test_the_first_needs_nothing_to_be_first() -> None:
    assert ranked(*TWO).candidates[0].counterfactual == ""


def test_a_later_one_says_how_fast_or_how_sure_it_would_have_to_be() -> None:
    ranking = ranked(*TWO, seen("bari"))
    first, second = ranking.candidates
    found = re.fullmatch(
        r"It would be first if its expected time were under (\S+) min or with a chance of success over (\d+)%.",
        second.counterfactual,
    )
    assert found, second.counterfactual
    assert second.score.success / (float(found[1]) * 60) == pytest.approx(first.score.index, rel=0.01)
    assert abs(int(found[2]) / 100 - first.score.success) < 0.01


def test_a_later_one_under_a_lower_priority_says_which_would_do() -> None:
    ranking = ranked(a_site("bari"), an_agreement("bari"), a_site("cineca"), an_agreement("cineca", priority=3))
    assert ranking.candidates[1].counterfactual == "It would be first under an agreement of priority 3 or more."


def test_a_rejected_one_says_what_would_let_it_pass() -> None:
    short = the_rejection(ranked(a_site("cineca", a_service(quota=Quantities(cpus=1))), an_agreement()))
    assert short.counterfactual == "It would pass with 1 cpus more of the service's quota."
    alone = the_rejection(ranked(a_site()))
    assert alone.counterfactual == "It would pass with an agreement of biomed with CINECA."


def test_every_reason_has_a_counterfactual() -> None:
    site = a_site("cineca", a_service(status=ServiceStatus.MAINTENANCE, kinds=()), issuers=[])
    assert all(rejection.counterfactual for rejection in ranked(site).rejected)


def test_of_many_reasons_the_nearest_misses_are_told_and_the_others_are_counted() -> None:
    ranking = ranked_by(many(40, agreed=10, full=10), most_rejected=12)
    filters = [rejection.filter for rejection in ranking.rejected]
    assert filters == ["free-quota"] * 10 + ["agreement"] * 3
    last = ranking.rejected[-1]
    assert (last.site, last.service, last.available) == ("*", "*", "28 services")
    assert len(list(ranking.whole.rejected())) == 40


def test_of_many_that_fit_the_rest_is_counted() -> None:
    ranking = ranked_by(many(120, agreed=120), most=5)
    assert len(sites_in(ranking)) == 5
    assert [rejection.available for rejection in ranking.rejected[:2]] == ["place 6", "place 7"]
    assert len({rejection.site for rejection in ranking.rejected}) == 51
    assert ranking.rejected[-1].sentence == "65 more services fit; 5 others come before them."
    assert len(list(ranking.whole.rejected())) == 115
    assert ranking.takes[0].cpus == 2
