"""What would have to be different for another outcome."""

import numpy as np

from services.ranker.domain.board import Board
from services.ranker.domain.judgement import Judgement

SURE = 0.99
MINUTE = 60


def to_be_first(board: Board, judged: Judgement, first: int, position: int) -> str:
    """What would put the row at `position` before the one at `first`."""
    if position == first:
        return ""
    if judged.rank[position] < judged.rank[first]:
        return f"It would be first under an agreement of priority {judged.rank[first]:.0f} or more."
    if not judged.by_time:
        return f"It would be first with an index of more than {judged.index[first]:.4g}."
    return _faster_or_surer(board, judged, float(judged.index[first]), position)


def to_pass(unless: str) -> str:
    """What would let a rejected service pass."""
    return f"It would pass with {unless}." if unless else ""


def _faster_or_surer(board: Board, judged: Judgement, mark: float, position: int) -> str:
    row, success, expected = judged.rows[position], float(judged.success[position]), float(judged.expected[position])
    good, bad = float(board.outlook.good[row]), float(board.outlook.bad[row])
    beside = expected - success * good - (1 - success) * bad
    ways = [f"if its expected time were under {_duration(success / mark)}"]
    slope = 1 - mark * (good - bad)
    enough = mark * (bad + beside) / slope if slope > 0 else np.inf
    if success < enough <= SURE:
        ways.append(f"with a chance of success over {enough:.0%}")
    return f"It would be first {' or '.join(ways)}."


def _duration(seconds: float) -> str:
    return f"{seconds / MINUTE:.1f} min" if seconds >= MINUTE else f"{seconds:.0f} s"
