"""A service that wants its users' own accounts is for those who name an agreement."""

from services.ranker.domain.ask import Ask
from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Mask, Rows
from services.ranker.domain.stage import Stage

STAGE = Stage.MAY


def check(board: Board, rows: Rows) -> Mask:
    """Whether the service wants none, or the user or the template names an agreement."""
    named = _names_one(board.ask)
    return board.table.every(("credentials", named), lambda offer: named or not offer.service.credentials_required)[
        rows
    ]


def reason(case: Case) -> Reason:
    """That nobody gets there by chance."""
    sentence = f"{case.offer.name} wants an account of one's own there, so the request must name its agreement."
    return Reason("an agreement named by the user", "none named", sentence, "the agreement's name in the request")


def _names_one(ask: Ask) -> bool:
    return bool(ask.wishes.agreements) or any(policy.properties.get("sla_id") for policy in ask.sla_policies)
