"""Data that must be near is at the same site."""

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Mask, Rows
from services.ranker.domain.offer import Offer
from services.ranker.domain.stage import Stage
from shared.contracts.topology import DataNeeds, DataService

STAGE = Stage.CAN


def check(board: Board, rows: Rows) -> Mask:
    """Whether the site has the spaces and the stores; data of other services may come from afar."""
    return board.table.every(("data", board.ask.data), lambda offer: _away(offer, board.ask.data) is None)[rows]


def reason(case: Case) -> Reason:
    """Which data are elsewhere."""
    needed, there = _away(case.offer, case.ask.data) or ("data", "elsewhere")
    site = case.offer.site.name
    return Reason(needed, there, f"{site} has no {needed}.", f"{needed} at {site}")


def _away(offer: Offer, needs: tuple[DataNeeds, ...]) -> tuple[str, str] | None:
    """The first that is not here, and what there is of its sort."""
    for need in needs:
        stores, spaces = ", ".join(sorted(offer.stores)), ", ".join(sorted(offer.spaces))
        if need.service is DataService.RUCIO and not _stored(offer, need.at):
            return f"RSE {need.at}" if need.at else "RSE", stores or "none"
        if need.service is DataService.ONEDATA and not offer.spaces.issuperset(need.names):
            missing = ", ".join(name for name in need.names if name not in offer.spaces)
            return f"space {missing}", spaces or "none"
    return None


def _stored(offer: Offer, at: str | None) -> bool:
    return at in offer.stores if at else bool(offer.stores)
