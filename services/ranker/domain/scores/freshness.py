"""How old the site's description is, and whether it could be read lately."""

import numpy as np

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case
from services.ranker.domain.columns import Rows, at_rows
from services.ranker.domain.table import TOLD, UNREACHABLE
from services.ranker.domain.worth import Worth


def worth(board: Board, rows: Rows) -> Worth:
    """A little less for what was told long ago, and more the longer a service has been unreachable."""
    weights, facts = board.weights, board.table.facts
    age = np.maximum(0.0, board.at - at_rows(facts[TOLD], rows))
    fresh = np.exp(-age * np.log(2) / weights.fact_half_life.total_seconds())
    away = np.maximum(0.0, board.at - at_rows(facts[UNREACHABLE], rows)) / weights.unreachable_after.total_seconds()
    lost = np.clip(np.where(np.isnan(away), 0.0, away), 0.0, 1.0)
    return Worth(fresh * (1 - lost), odds=np.asarray(weights.stale * (1 - fresh) + weights.unreachable * lost))


def sentence(case: Case, _: float) -> str:
    """The age, in hours."""
    age = max(0.0, (case.ask.at - case.offer.told_at).total_seconds())
    since = case.offer.service.unreachable_since
    unread = f"; it could not be read since {since:%Y-%m-%d %H:%M} UTC" if since else ""
    return f"The site was described {age / 3600:.1f} h ago{unread}."
