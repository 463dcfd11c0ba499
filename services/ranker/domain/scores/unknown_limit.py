"""Whether the agreement has a limit that nobody knows: it may run out without a warning."""

import numpy as np

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case
from services.ranker.domain.columns import Rows, at_rows
from services.ranker.domain.worth import Worth


def worth(board: Board, rows: Rows) -> Worth:
    """A little less where there is one."""
    unknown = board.rights.unknown[at_rows(board.agreement, rows)].astype(np.float64)
    return Worth(1 - unknown, odds=np.asarray(board.weights.unknown_limit * unknown))


def sentence(case: Case, _: float) -> str:
    """Of what."""
    agreement = case.agreement.fact
    if not agreement.unknown:
        return "All limits of the agreement are known."
    return f"Agreement {agreement.agreement} limits {', '.join(agreement.unknown)}, and nobody knows to how much."
