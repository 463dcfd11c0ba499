"""The group works in the project, where a service is divided into projects."""

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Mask, Rows
from services.ranker.domain.stage import Stage

STAGE = Stage.MAY


def check(board: Board, rows: Rows) -> Mask:
    """Whether it does; a project that names no group is for every group that has an agreement."""
    group = board.ask.group
    return board.table.every(
        ("project", group),
        lambda offer: offer.project is None or not offer.project.groups or group in offer.project.groups,
    )[rows]


def reason(case: Case) -> Reason:
    """Who works there instead."""
    offer, group = case.offer, case.ask.group or "no group"
    groups = ", ".join(offer.project.groups) if offer.project else "nobody"
    sentence = f"No project of {offer.name} is for {group}."
    return Reason(f"a project for {group}", f"projects for {groups}", sentence, f"a project for {group} there")
