"""How often the service was seen well in the last week."""

import numpy as np

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case
from services.ranker.domain.columns import Rows, at_rows
from services.ranker.domain.sight import WEEK
from services.ranker.domain.worth import Worth


def worth(board: Board, rows: Rows) -> Worth:
    """So much less for what is missing of always; nothing where nobody kept count."""
    week = at_rows(board.table.seen[WEEK], rows)
    share = np.where(np.isnan(week), 1.0, week)
    return Worth(share, odds=np.asarray(board.weights.availability * (1 - share)))


def sentence(case: Case, _: float) -> str:
    """The share."""
    week = case.sight.availability.week if case.sight else None
    return (
        "Nobody kept count of its availability." if week is None else f"It was available {week:.1%} of the last week."
    )
