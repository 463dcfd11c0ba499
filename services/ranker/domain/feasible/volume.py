"""The service has every volume type that the topology asks for, by its name or by its quality."""

from services.ranker.domain.ask import Ask
from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Mask, Rows
from services.ranker.domain.stage import Stage

STAGE = Stage.CAN


def check(board: Board, rows: Rows) -> Mask:
    """Whether all are there."""
    types = _types(board.ask)
    return board.table.every(("volume", types), lambda offer: types <= offer.volume_types.keys())[rows]


def reason(case: Case) -> Reason:
    """The first that is not there."""
    offer = case.offer
    missing = min(_types(case.ask) - offer.volume_types.keys())
    there = ", ".join(sorted(offer.volume_types)) or "none listed"
    sentence = f"{offer.name} has no volumes of type or quality {missing}."
    return Reason(f"volume type {missing}", there, sentence, f"volumes of type {missing} there")


def _types(ask: Ask) -> frozenset[str]:
    return frozenset(volume.needs.type for volume in ask.volumes if volume.needs.type)
