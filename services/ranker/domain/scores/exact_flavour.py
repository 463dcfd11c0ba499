"""How exactly the flavours fit: what is bigger than asked for wastes what others may want."""

import numpy as np

from services.ranker.domain.board import Board, asked_of
from services.ranker.domain.case import Case
from services.ranker.domain.columns import Floats, Rows
from services.ranker.domain.worth import Worth

COUNTED = (0, 1)
"""Cores and memory."""


def worth(board: Board, rows: Rows) -> Worth:
    """The part of cores and memory that was asked for; one where nothing is wasted."""
    exact = _exact(board, rows)
    return Worth(exact, odds=np.asarray(board.weights.exact_flavour * (exact - 1)))


def _exact(board: Board, rows: Rows) -> Floats:
    room = board.room
    taken = board.needed(rows) if room is None else room.needed_at(rows)
    asked = board.ask.beside_machines
    for machine in board.ask.machines:
        asked = asked.plus(asked_of(machine), machine.count)
    shares = [
        np.divide(asked[one], taken[one], out=np.ones(len(rows)), where=taken[one] > 0)
        for one in COUNTED
        if asked[one] > 0
    ]
    return np.clip(sum(shares, np.zeros(len(rows))) / len(shares), 0.0, 1.0) if shares else np.ones(len(rows))


def sentence(_: Case, value: float) -> str:
    """The part, in percent."""
    return f"{value:.0%} of the cores and the memory that it takes were asked for."
