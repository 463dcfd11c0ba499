"""Which services may and can run a request, in what order, and why: filter, score, order, explain.

Everything is decided for all services at once, in columns; only what is told is put into words.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from services.ranker.domain.amounts import Amounts
from services.ranker.domain.ask import ask_of
from services.ranker.domain.board import Board
from services.ranker.domain.books import Books
from services.ranker.domain.case import Case
from services.ranker.domain.columns import Rows
from services.ranker.domain.counterfactual import to_be_first
from services.ranker.domain.feasible import Filter
from services.ranker.domain.federation import Federation
from services.ranker.domain.judgement import Judgement
from services.ranker.domain.option import candidate_of, takes
from services.ranker.domain.refusals import Refusals, about_many
from services.ranker.domain.rules.rule import Rules
from services.ranker.domain.scores import Term
from services.ranker.domain.strategies import Strategy
from services.ranker.domain.weights import Weights
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.ranking import Candidate, NoSiteFits, PlanRanked, PlanRequested, Rejection, SitesRanked
from shared.contracts.vocabulary import RankingId

VERSION = "2"
"""Of the arithmetic: told with every ranking, and one more whenever the same facts would be ranked differently."""

MOST = 50
"""So many candidates are told unless the operator says otherwise: nobody tries more, and an event has its limits."""

SURPLUS = 50
"""So many of those that fit and are no candidates are told of."""

MOST_REJECTED = 500
"""So many reasons are told unless the operator says otherwise; the others are counted."""


@dataclass(frozen=True)
class Method:
    """How to rank: the filters, the terms, the strategy that makes an index of them, and the operator's weights.

    At most `most` candidates and `most_rejected` reasons are told. `rules` are those that the rest already obeys: see
    `rules.ruled`.
    """

    filters: tuple[Filter, ...]
    terms: tuple[Term, ...]
    strategy: Strategy
    weights: Weights
    most: int = MOST
    most_rejected: int = MOST_REJECTED
    rules: Rules = ()


@dataclass(frozen=True, slots=True)
class Whole:
    """All that was decided: every refusal, and of the rows that fit, best first, those that are told or counted."""

    board: Board
    refusals: Refusals
    judged: Judgement
    order: Rows
    most: int

    def told(self, most_rejected: int) -> Iterator[Rejection]:
        """The reasons against the nearest misses, what fits and is not told of, and a count of the rest by filter."""
        rows, counts = self.refusals.nearest(self.judged.rows)
        shown = int(np.searchsorted(np.cumsum(counts), most_rejected, side="right"))
        yield from self.refusals.words(rows[:shown])
        yield from self.surplus(self.order)
        if (hidden := len(self.judged.rows) - len(self.order)) > 0:
            sentence = f"{hidden} more services fit; {self.most} others come before them."
            yield about_many("rank", hidden, sentence)
        yield from self.refusals.summary(rows[shown:])

    def rejected(self) -> Iterator[Rejection]:
        """Every reason against every service that is not a candidate."""
        rows, _ = self.refusals.nearest(self.judged.rows)
        yield from self.refusals.words(rows)
        yield from self.surplus(self.judged.order())

    def surplus(self, order: Rows) -> Iterator[Rejection]:
        """What fits and is still no candidate, with its place."""
        for place, position in enumerate(order[self.most :].tolist(), start=self.most + 1):
            offer = self.board.table.offers[self.judged.rows[position]]
            yield Rejection(
                site=offer.site.site,
                service=offer.service.id,
                filter="rank",
                needed=f"one of the best {self.most}",
                available=f"place {place}",
                sentence=f"{offer.name} fits; {self.most} others come before it, at place {place}.",
                counterfactual=to_be_first(self.board, self.judged, int(order[0]), position),
            )


@dataclass(frozen=True, slots=True)
class Ranking:
    """The candidates, best first, with what each takes of its service, and the reasons against other services.

    Of reasons those against the nearest misses are told; `whole` has all of them, in words only when asked.
    """

    candidates: tuple[Candidate, ...]
    takes: tuple[Amounts, ...]
    rejected: tuple[Rejection, ...]
    whole: Whole = field(compare=False, repr=False)


def rank(
    request: DeploymentRequested | PlanRequested, federation: Federation, books: Books, at: datetime, method: Method
) -> Ranking:
    """Every service is a candidate or has at least one reason. The agreement's priority goes before the index."""
    board = Board(ask_of(request, at), federation, books, method.weights)
    refusals = Refusals(board, method.filters)
    rows = _first_of_each(board, _filtered(board, refusals, method.filters))
    judged = method.strategy.judge(board, rows, method.terms)
    order = judged.order(method.most + SURPLUS)
    best = order[: method.most].tolist()
    cases = [Case(board, int(rows[position])) for position in best]
    whole = Whole(board, refusals, judged, order, method.most)
    return Ranking(
        candidates=tuple(
            candidate_of(case, score, to_be_first(board, judged, best[0], position))
            for position, case, score in zip(best, cases, judged.scores(order[: method.most], cases), strict=True)
        ),
        takes=tuple(takes(case) for case in cases),
        rejected=tuple(whole.told(method.most_rejected)),
        whole=whole,
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


def describe(method: Method) -> str:
    """The method as JSON, but for its weights."""
    return json.dumps(
        {
            "version": VERSION,
            "strategy": method.strategy.name,
            "filters": [one.name for one in method.filters],
            "terms": [one.name for one in method.terms],
            "most": method.most,
            "most_rejected": method.most_rejected,
            "rules": [rule.model_dump(exclude_defaults=True) for rule in method.rules],
        }
    )


def planned(request: PlanRequested, ranking: Ranking, ranking_id: RankingId, method: Method) -> PlanRanked:
    """The ranking as it is told to whoever only planned."""
    return PlanRanked(
        plan_id=request.plan_id,
        ranking_id=ranking_id,
        strategy=method.strategy.name,
        ranker_version=VERSION,
        candidates=ranking.candidates,
        rejected=ranking.rejected,
    )


def _filtered(board: Board, refusals: Refusals, filters: tuple[Filter, ...]) -> Rows:
    """The rows that pass. Within a stage every filter is asked, so that a user sees all reasons."""
    rows: Rows = np.arange(len(board.table))
    passed, stage = np.ones(len(rows), np.bool_), filters[0].stage if filters else None
    for number, one in enumerate(filters):
        if one.stage is not stage:
            rows, stage = rows[passed], one.stage
            passed = np.ones(len(rows), np.bool_)
        found = one.check(board, rows)
        refusals.note(number, rows[~found])
        passed &= found
    return rows[passed]


def _first_of_each(board: Board, rows: Rows) -> Rows:
    """Of the projects of a service that fit, the first."""
    if not board.table.divided:
        return rows
    _, first = np.unique(board.table.service_of[rows], return_index=True)
    return rows[first]
