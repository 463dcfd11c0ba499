"""A federation of given facts, asked by a given request: what came out, in a test's words."""

from datetime import datetime, timedelta
from functools import cache

from services.ranker.domain import feasible, scores, strategies
from services.ranker.domain.books import Books, Recalled
from services.ranker.domain.federation import Federation
from services.ranker.domain.rank import Method, Ranking, rank
from services.ranker.domain.weights import Weights
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.message import Message
from shared.contracts.ranking import Candidate, Rejection
from shared.contracts.sites import Quantities, SiteObserved
from shared.contracts.vocabulary import ServiceId, SiteId
from tests.support.builders import NOON, a_request, a_site, an_agreement, an_envelope

HOUR = timedelta(hours=1)


def a_federation(*facts: Message, at: datetime = NOON - HOUR) -> Federation:
    federation = Federation()
    for number, fact in enumerate(facts):
        federation.fold(an_envelope(fact, id=f"fact-{number}", at=at))
    return federation


def a_method(weights: Weights | None = None) -> Method:
    filters, terms, known = everything_found()
    return Method(filters, terms, known["index"], weights or Weights())


@cache
def everything_found() -> tuple[tuple[feasible.Filter, ...], tuple[scores.Term, ...], dict[str, strategies.Strategy]]:
    return feasible.discover(), scores.discover(), strategies.discover()


def some_books(recalled: Recalled | None = None, federation: Federation | None = None) -> Books:
    counted = federation.counted() if federation else {}
    return Books(recalled or Recalled(), counted, Weights().fading)


def ranked(
    *facts: Message,
    request: DeploymentRequested | None = None,
    books: Books | None = None,
    weights: Weights | None = None,
) -> Ranking:
    federation = a_federation(*(facts or (a_site(), an_agreement())))
    return rank(request or a_request(), federation, books or some_books(), NOON, a_method(weights))


def the_candidate(ranking: Ranking) -> Candidate:
    assert len(ranking.candidates) == 1, ranking.rejected
    return ranking.candidates[0]


def the_rejection(ranking: Ranking) -> Rejection:
    assert not ranking.candidates
    assert len(ranking.rejected) == 1, ranking.rejected
    return ranking.rejected[0]


def sites_in(ranking: Ranking) -> list[str]:
    return [candidate.site for candidate in ranking.candidates]


def seen(
    site: str = "cineca",
    *,
    available: bool | None = True,
    ago: timedelta = timedelta(seconds=30),
    used: Quantities | None = None,
    collector: str = "probe",
) -> SiteObserved:
    return SiteObserved(
        site=SiteId(site),
        service=ServiceId(f"{site}-compute"),
        collector=collector,
        observed_at=NOON - ago,
        available=available,
        used=used or Quantities(),
    )


def filters_in(ranking: Ranking) -> set[str]:
    return {rejection.filter for rejection in ranking.rejected}
