"""What was last seen of the service, and how its health is judged; the older, the less it says."""

import numpy as np

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case
from services.ranker.domain.columns import Rows, at_rows
from services.ranker.domain.sight import AT, AVAILABLE, HEALTH
from services.ranker.domain.worth import Worth


def worth(board: Board, rows: Rows) -> Worth:
    """Something for a service that answers, much against one that does not, nothing when nobody could tell."""
    weights, seen = board.weights, board.table.seen
    age = np.maximum(0.0, board.at - at_rows(seen[AT], rows))
    told = at_rows(seen[AVAILABLE], rows)
    fresh = np.nan_to_num(np.exp(-age * np.log(2) / weights.observation_half_life.total_seconds()))
    fresh[np.isnan(told)] = 0.0
    up = told == 1
    said = np.where(up, weights.available, weights.unavailable)
    good = up.astype(np.float64)
    judged = np.flatnonzero(up & ~np.isnan(at_rows(seen[HEALTH], rows)))
    good[judged] = health = seen[HEALTH][rows[judged]]
    said[judged] = np.select([health == 0, health < 1], [weights.unhealthy, weights.degraded], weights.available)
    return Worth(np.asarray(0.5 + (good - 0.5) * fresh), odds=np.asarray(said * fresh))


def sentence(case: Case, _: float) -> str:
    """Who saw what, and when."""
    sight = case.sight
    if sight is None or sight.available is None:
        return f"Nobody has seen yet whether {case.offer.name} is available."
    age = max(0.0, (case.ask.at - sight.at).total_seconds())
    seen = "available" if sight.available else "unavailable"
    judged = f", and it is {sight.health}" if sight.health else ""
    return f"{sight.collector} saw it {seen} {age:.0f} s ago{judged}."
