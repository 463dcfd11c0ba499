"""The order of the old CloudProviderRanker: what the agreement promises and how fast the service answered, added up.

The agreement's priority goes before the sum, as its weight did; the parent's sum counts too. Of equals the earlier in
the table comes first. With `legacy_defects` what the old ranker would not rank (no target, or nothing in sum) comes
after all others; nothing is ever left out, because every service has a place or a reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case
from services.ranker.domain.columns import Floats, Rows
from services.ranker.domain.cpr import Points, Promised, points
from services.ranker.domain.federation import Federation
from services.ranker.domain.judgement import Judgement
from services.ranker.domain.offer import Place
from services.ranker.domain.rights import NONE
from services.ranker.domain.scores import Term
from services.ranker.domain.strategies import index
from services.ranker.domain.worth import Worth
from shared.contracts.agreements import AgreementChanged, Target
from shared.contracts.sites import OfferedService
from shared.contracts.vocabulary import ServiceId

NOTHING = Points(None, None)


def judge(board: Board, rows: Rows, terms: tuple[Term, ...]) -> Judgement:
    """The sum of every row; chance and time are those that the strategy `index` expects."""
    judged = index.judge(board, rows, terms)
    sums = [_points(board, int(row)) for row in rows]
    total = np.array([own.total + parent.total for own, parent in sums], np.float64)
    rank = judged.rank
    if board.weights.legacy_defects:
        unranked = np.array([own.agreement is None for own, _ in sums], np.bool_) | (total == 0)
        rank = np.where(unranked, -np.inf, rank)
    shown = [_shown(name, rows, [getattr(own, part) for own, _ in sums]) for name, part in PARTS.items()]
    parents = _shown("parent", rows, [parent.total for _, parent in sums])
    return replace(judged, rank=rank, index=total, worths=(*shown, parents), by_time=False)


PARTS: Mapping[str, str] = {"promised": "agreement", "metrics": "metrics"}
SAID: Mapping[str, str] = {
    "promised": "What the agreement promises adds up to {:.4f}.",
    "metrics": "What was measured of the service adds up to {:.4f}.",
    "parent": "What belongs to the parent service adds up to {:.4f}.",
}


def _points(board: Board, row: int) -> tuple[Points, Points]:
    """Of the row's service, and of its parent."""
    offer, number = board.table.offers[row], int(board.agreement[row])
    agreement = None if number == NONE else board.rights.agreements[number]
    defects = board.weights.legacy_defects
    own = _of(offer.service, offer.place, agreement, board.federation, defects=defects)
    parent = next((one for one in offer.site.services if one.id == offer.service.parent), None)
    if parent is None:
        return own, NOTHING
    return own, _of(parent, (offer.site.site, parent.id), agreement, board.federation, defects=defects)


def _of(
    service: OfferedService, place: Place, agreement: AgreementChanged | None, federation: Federation, *, defects: bool
) -> Points:
    targets = _promised(agreement.targets if agreement else (), service.id)
    return points(service.type, targets, _metrics(federation, place), defects=defects)


def _promised(targets: Iterable[Target], service: ServiceId) -> list[Promised]:
    return [Promised(one.type, _restrictions(one)) for one in targets if one.service in (None, service)]


def _restrictions(target: Target) -> tuple[float, ...]:
    """All six; what is absent counts for nothing, as it did."""
    six = (
        target.total_guaranteed,
        target.total_limit,
        target.user_guaranteed,
        target.user_limit,
        target.instance_guaranteed,
        target.instance_limit,
    )
    return tuple(amount or 0.0 for amount in six)


def _metrics(federation: Federation, place: Place) -> dict[str, float]:
    """What its collectors measured; of two that measured the same, the later one counts."""
    found: dict[str, float] = {}
    for word in sorted(federation.words(place).values(), key=lambda one: (one.observed_at, one.collector)):
        found.update(word.metrics)
    return found


def _shown(name: str, rows: Rows, parts: Iterable[float | None]) -> tuple[Term, Worth]:
    """The part as a share of the largest, with a sentence that says the number itself."""
    numbers: Floats = np.array([part or 0.0 for part in parts], np.float64)
    said = dict(zip(rows.tolist(), numbers.tolist(), strict=True))
    largest = float(np.max(np.abs(numbers), initial=0.0))
    share = np.clip(numbers / largest, 0.0, 1.0) if largest else np.zeros(len(numbers))

    def sentence(case: Case, _: float) -> str:
        return SAID[name].format(said[case.row])

    return Term(name, _nothing, sentence), Worth(share)


def _nothing(_: Board, rows: Rows) -> Worth:
    return Worth(np.zeros(len(rows)))
