"""The service takes what the template describes."""

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Mask, Rows
from services.ranker.domain.stage import Stage

STAGE = Stage.MAY


def check(board: Board, rows: Rows) -> Mask:
    """Whether the kind of template is among the service's; one that only stores data has none."""
    kind = board.ask.kind
    return board.table.every(("kind", kind), lambda offer: kind in offer.service.kinds)[rows]


def reason(case: Case) -> Reason:
    """What the service does run."""
    kind, service = case.ask.kind, case.offer.service
    kinds = ", ".join(service.kinds) or "nothing"
    sentence = f"{case.offer.name} runs {kinds}; the template describes {kind}."
    return Reason(kind, kinds, sentence, f"a service for {kind} at {case.offer.site.name}")
