"""The service could be read not too long ago."""

import numpy as np

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Mask, Rows
from services.ranker.domain.stage import Stage
from services.ranker.domain.table import UNREACHABLE

STAGE = Stage.MAY


def check(board: Board, rows: Rows) -> Mask:
    """Whether it is reachable, or was within the time the operator allows."""
    since = board.table.facts[UNREACHABLE][rows]
    allowed = board.weights.unreachable_after.total_seconds()
    return np.asarray(np.isnan(since) | (board.at - since <= allowed), np.bool_)


def reason(case: Case) -> Reason:
    """Since when not."""
    since, offer = case.offer.service.unreachable_since, case.offer
    said = f"{since:%Y-%m-%d %H:%M} UTC" if since else "long ago"
    sentence = f"{offer.name} could not be read since {said}."
    return Reason("a service that can be reached", f"unreachable since {said}", sentence, "an answer of the service")
