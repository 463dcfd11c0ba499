"""Which services may and can run a request, in what order, and why: filter, score, order, explain."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby

from services.ranker.domain.amounts import Amounts
from services.ranker.domain.ask import Ask, ask_of
from services.ranker.domain.books import Books
from services.ranker.domain.case import Case, Placing, Reason
from services.ranker.domain.feasible import Filter
from services.ranker.domain.federation import Federation
from services.ranker.domain.offer import Offer
from services.ranker.domain.option import Option, candidate_of
from services.ranker.domain.scores import Term
from services.ranker.domain.strategies import Strategy
from services.ranker.domain.weights import Weights
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.ranking import Candidate, NoSiteFits, Rejection, SitesRanked
from shared.contracts.vocabulary import RankingId

VERSION = "1"
"""Of the arithmetic: told with every ranking, and one more whenever the same facts would be ranked differently."""

MOST = 100
"""So many candidates are told unless the operator says otherwise: nobody tries more, and an event has its limits."""


@dataclass(frozen=True)
class Method:
    """How to rank: the filters, the terms, the strategy that makes an index of them, and the operator's weights.

    At most `most` candidates are told.
    """

    filters: tuple[Filter, ...]
    terms: tuple[Term, ...]
    strategy: Strategy
    weights: Weights
    most: int = MOST

    @cached_property
    def stages(self) -> tuple[tuple[Filter, ...], ...]:
        """The filters by stage, in order."""
        return tuple(tuple(same) for _, same in groupby(self.filters, key=lambda one: one.stage))


@dataclass(frozen=True, slots=True)
class Ranking:
    """The candidates, best first, with what each takes of its service, and every reason against every other service."""

    candidates: tuple[Candidate, ...]
    takes: tuple[Amounts, ...]
    rejected: tuple[Rejection, ...]


def rank(request: DeploymentRequested, federation: Federation, books: Books, at: datetime, method: Method) -> Ranking:
    """Every service is a candidate or has at least one reason. The agreement's priority goes before the index."""
    ask = ask_of(request, at)
    options: list[Option] = []
    rejected: list[Rejection] = []
    stages = method.stages
    for case in _cases(ask, federation, books):
        placing = _place(case, stages, rejected)
        if placing is not None:
            options.append(Option(case, placing, method.strategy.score(case, method.weights, method.terms)))
    options.sort(key=lambda option: option.order)
    best = options[: method.most]
    return Ranking(
        candidates=tuple(candidate_of(option) for option in best),
        takes=tuple(option.takes for option in best),
        rejected=(*rejected, *_surplus(options, method.most)),
    )


def answer(
    request: DeploymentRequested, ranking: Ranking, ranking_id: RankingId, method: Method
) -> SitesRanked | NoSiteFits:
    """The ranking as it is told."""
    if not ranking.candidates:
        return NoSiteFits(
            deployment_id=request.deployment_id,
            revision=request.revision,
            ranking_id=ranking_id,
            strategy=method.strategy.name,
            ranker_version=VERSION,
            rejected=ranking.rejected,
        )
    return SitesRanked(
        deployment_id=request.deployment_id,
        revision=request.revision,
        ranking_id=ranking_id,
        strategy=method.strategy.name,
        ranker_version=VERSION,
        rejected=ranking.rejected,
        candidates=ranking.candidates,
    )


def _cases(ask: Ask, federation: Federation, books: Books) -> Iterator[Case]:
    agreements = federation.agreements_of(ask.group)
    for site, offers in federation.offers():
        of_site = agreements.get(site, ())
        for offer in offers:
            place = (site, offer.service.id)
            yield Case(ask, offer, of_site, federation.sight(place), books.held, books.failures(place, ask.at))


def _place(case: Case, stages: tuple[tuple[Filter, ...], ...], rejected: list[Rejection]) -> Placing | None:
    """What the filters settle, or nothing, with the reasons put down in `rejected`."""
    placing, offer = Placing(), case.offer
    for stage in stages:
        fits = True
        for one in stage:
            found = one.check(case, placing)
            if isinstance(found, Reason):
                fits = False
                rejected.append(_rejection(offer, one.name, found))
            else:
                placing = found
        if not fits:
            return None
    return placing


def _surplus(options: list[Option], most: int) -> Iterator[Rejection]:
    """What fits and is still not told of, with its place."""
    for place, option in enumerate(options[most:], start=most + 1):
        sentence = (
            f"{option.case.offer.name} fits; {most} others are told of because they come before its place {place}."
        )
        yield _rejection(option.case.offer, "rank", Reason(f"one of the best {most}", f"place {place}", sentence))


def _rejection(offer: Offer, name: str, reason: Reason) -> Rejection:
    return Rejection(
        site=offer.site.site,
        service=offer.service.id,
        filter=name,
        needed=reason.needed,
        available=reason.available,
        sentence=reason.sentence,
    )
