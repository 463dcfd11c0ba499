"""How our own trials at the service went in the last hours."""

import numpy as np

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case
from services.ranker.domain.columns import Rows, at_rows
from services.ranker.domain.worth import Worth


def worth(board: Board, rows: Rows) -> Worth:
    """So much less for each recent failure that was the site's fault; the value is one when there was none."""
    recent = at_rows(board.outlook.recent, rows)
    return Worth(1 / (1 + recent), odds=np.asarray(board.weights.failure * recent))


def sentence(case: Case, _: float) -> str:
    """How many there were."""
    recent = float(case.board.outlook.recent[case.row])
    if recent == 0:
        return "No trial has failed there lately."
    return f"Trials failed there lately: {recent:.2f}, counting old ones less."
