"""How much would be left of what it takes: what is nearly full fails more often."""

import numpy as np

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case
from services.ranker.domain.columns import Floats, Rows, at_rows
from services.ranker.domain.rights import NONE
from services.ranker.domain.worth import Worth


def worth(board: Board, rows: Rows) -> Worth:
    """The least share of any limit that would be left; below the operator's mark it counts against the service.

    Above it a little, so that of many requests at once not all go to the same of two that are as good.
    """
    left, weights = _left_at(board, rows), board.weights
    nearly_full = np.maximum(0.0, weights.full_below - left) / weights.full_below
    return Worth(left, odds=np.asarray(weights.full * nearly_full + weights.emptier * (left - 1)))


def _left_at(board: Board, rows: Rows) -> Floats:
    """The least share of any limit that would be left after the request."""
    left, room = np.ones(len(rows)), board.room
    if room is None or not len(room.rows):
        return left
    needed, numbers = room.needed_at(rows), at_rows(board.agreement, rows)
    places = None if len(rows) == len(room.rows) else np.searchsorted(room.rows, rows)
    for account in room.accounts:
        np.minimum(left, account.share_left(needed, places), out=left)
    for account in room.agreements if len(board.rights.ids) else ():
        np.minimum(left, account.share_left(needed, numbers), out=left, where=numbers != NONE)
    return left


def sentence(_: Case, value: float) -> str:
    """The share, in percent."""
    return f"{value:.0%} of the scarcest of its limits would be left."
