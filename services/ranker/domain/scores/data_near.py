"""Whether the data that the topology reads and writes are at the same site."""

import numpy as np

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case
from services.ranker.domain.columns import Rows
from services.ranker.domain.offer import Offer
from services.ranker.domain.table import Question
from services.ranker.domain.worth import Worth
from shared.contracts.topology import DataNeeds


def worth(board: Board, rows: Rows) -> Worth:
    """So many seconds longer for data that must come from afar."""
    away = [board.table.every(("near", need), _question(need))[rows] for need in board.ask.data]
    share = np.mean(away, axis=0) if away else np.ones(len(rows))
    return Worth(share, seconds=np.asarray(board.weights.data_away * (1 - share)))


def sentence(case: Case, _: float) -> str:
    """How many of them."""
    needs = case.ask.data
    if not needs:
        return "No data are asked for."
    near = sum(_near(case.offer, need) for need in needs)
    return f"{near} of {len(needs)} data are at the same site."


def _question(need: DataNeeds) -> Question:
    return lambda offer: _near(offer, need)


def _near(offer: Offer, need: DataNeeds) -> bool:
    """Whether the site has the store, all the spaces, or the endpoint that is named."""
    endpoints = {service.endpoint for service in offer.site.services}
    return need.at in offer.stores or need.at in endpoints or (bool(need.names) and offer.spaces.issuperset(need.names))
