"""The site lets in users of the issuer that vouches for this one."""

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Mask, Rows
from services.ranker.domain.stage import Stage

STAGE = Stage.MAY


def check(board: Board, rows: Rows) -> Mask:
    """Whether the issuer is among those that the site trusts."""
    issuer = board.ask.issuer
    return board.table.every(("issuer", issuer), lambda offer: issuer in offer.issuers)[rows]


def reason(case: Case) -> Reason:
    """Whom the site does trust."""
    issuer, offer = case.ask.issuer, case.offer
    trusted = ", ".join(sorted(offer.issuers)) or "nobody"
    sentence = f"{offer.site.name} does not let in users of {issuer}."
    return Reason(issuer, trusted, sentence, f"{issuer} among the issuers {offer.site.name} trusts")
