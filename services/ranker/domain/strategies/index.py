"""Success probability over expected time: trying sites in this order finds one that works soonest.

With p the chance of success and c the expected time of a trial, the cost of failing included, site i belongs before
site j exactly when p/c of i is the higher: the least-cost search problem. The index of one site does not depend on the
others.
"""

from collections.abc import Iterable

import numpy as np

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case
from services.ranker.domain.columns import Floats, Rows, at_rows
from services.ranker.domain.judgement import Judgement
from services.ranker.domain.outlook import logistic
from services.ranker.domain.scores import Term
from services.ranker.domain.worth import Worth

LEAST, MOST = 0.01, 0.99


def judge(board: Board, rows: Rows, terms: tuple[Term, ...]) -> Judgement:
    """The index of every row and its arithmetic."""
    worths = [(term, term.worth(board, rows)) for term in terms]
    success = probability(_sum((worth.odds for _, worth in worths), len(rows)))
    good, bad = at_rows(board.outlook.good, rows), at_rows(board.outlook.bad, rows)
    expected = success * good + (1 - success) * bad + _sum((worth.seconds for _, worth in worths), len(rows))
    usual = board.weights.prior.seconds_to_succeed
    time = (TIME, Worth(np.asarray(usual / (usual + expected))))
    return Judgement(
        rows, at_rows(board.priority, rows), success / expected, success, expected, worths=(*worths, time), by_time=True
    )


def probability(log_odds: Floats) -> Floats:
    """Between 1 % and 99 %: nothing is certain, and every site keeps a chance."""
    return np.clip(logistic(log_odds), LEAST, MOST)


def index(success: float, seconds_to_succeed: float, seconds_to_fail: float) -> float:
    """Success probability per expected second."""
    return success / (success * seconds_to_succeed + (1 - success) * seconds_to_fail)


def _sum(parts: Iterable[Floats | None], size: int) -> Floats:
    total = np.zeros(size)
    for part in parts:
        if part is not None:
            total += part
    return total


def _time(case: Case, _: float) -> str:
    outlook, row = case.board.outlook, case.row
    return f"{outlook.good[row]:.0f} s if it succeeds, {outlook.bad[row]:.0f} s if it fails."


def _measured(_: Board, rows: Rows) -> Worth:
    return Worth(np.ones(len(rows)))


TIME = Term("expected-time", _measured, _time)
"""Said last: it depends on all the others."""
