"""What an hour costs there."""

import numpy as np

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case
from services.ranker.domain.columns import Floats, Rows, at_rows
from services.ranker.domain.table import COST
from services.ranker.domain.worth import Worth


def worth(board: Board, rows: Rows) -> Worth:
    """So many seconds longer for each unit of money an hour; what has no price is free."""
    hourly = _hourly(board, rows)
    return Worth(1 / (1 + hourly), seconds=np.asarray(board.weights.cost * hourly))


def _hourly(board: Board, rows: Rows) -> Floats:
    room, price = board.room, at_rows(board.table.facts[COST], rows)
    taken = board.needed(rows) if room is None else room.needed_at(rows)
    return np.where(np.isnan(price), 0.0, price * taken[0])


def sentence(case: Case, value: float) -> str:
    """The price."""
    if case.offer.service.cost_per_core_hour is None:
        return "No price is known."
    return f"An hour there costs {1 / value - 1:.2f}."
