"""New work may go to the service."""

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Mask, Rows
from services.ranker.domain.stage import Stage
from shared.contracts.sites import ServiceStatus

STAGE = Stage.MAY


def check(board: Board, rows: Rows) -> Mask:
    """Whether it is active."""
    return board.table.every("status", lambda offer: offer.service.status is ServiceStatus.ACTIVE)[rows]


def reason(case: Case) -> Reason:
    """What it is instead."""
    status = case.offer.service.status
    said = "is removed" if status is ServiceStatus.REMOVED else f"is in {status}"
    said = "takes no new work" if status is ServiceStatus.LIMITED else said
    return Reason("an active service", status, f"{case.offer.name} {said}.", "the service active again")
