"""How likely a trial succeeds, by how trials went: there, of this sort, and everywhere."""

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case
from services.ranker.domain.columns import Rows, at_rows
from services.ranker.domain.outlook import logit
from services.ranker.domain.worth import Worth


def worth(board: Board, rows: Rows) -> Worth:
    """Its log-odds: all else adds to them."""
    success = at_rows(board.outlook.success, rows)
    return Worth(success, odds=logit(success))


def sentence(case: Case, _: float) -> str:
    """How many trials that is."""
    outlook, row = case.board.outlook, case.row
    well, badly = float(outlook.succeeded[row]), float(outlook.failed[row])
    prior = case.board.weights.prior_of(case.offer.service.type).success
    return (
        f"Of {case.ask.sort} trials there {well:.1f} succeeded and {badly:.1f} failed, counting old ones less;"
        f" of services of type {case.offer.service.type} {prior:.0%} are expected to."
    )
