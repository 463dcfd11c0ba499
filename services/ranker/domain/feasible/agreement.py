"""An agreement in force lets the user's group use the service."""

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Mask, Rows
from services.ranker.domain.stage import Stage
from shared.contracts.agreements import AgreementChanged

STAGE = Stage.MAY


def check(board: Board, rows: Rows) -> Mask:
    """Whether any agreement of the group covers the service and is in force."""
    return board.covered(rows)


def reason(case: Case) -> Reason:
    """What is the matter with the best agreement there is."""
    group, site = case.ask.group, case.offer.site.name
    if not group:
        return Reason(
            "a group",
            "none",
            f"The request is for no group, and {site} is open to groups only.",
            "a request for a group",
        )
    told = case.board.federation.agreements_of(group).get(case.offer.site.site, ())
    if not told:
        sentence = f"{group} has no agreement with {site}."
        return Reason(f"an agreement with {group}", "none", sentence, f"an agreement of {group} with {site}")
    agreement = told[0].fact
    refusal, unless = _refusal(agreement, case)
    sentence = f"The agreement {agreement.agreement} of {group} with {site} {refusal}."
    return Reason("an agreement in force", f"{agreement.agreement} {refusal}", sentence, unless)


def _refusal(agreement: AgreementChanged, case: Case) -> tuple[str, str]:
    """What is the matter, and what would have to be different."""
    at, name = case.ask.at, agreement.agreement
    if agreement.issuer is not None and agreement.issuer != case.ask.issuer:
        return f"is for users of {agreement.issuer}", f"agreement {name} for users of {case.ask.issuer} too"
    if agreement.ends is not None and agreement.ends <= at:
        return f"ended on {agreement.ends:%Y-%m-%d}", f"a longer agreement than {name}"
    if not agreement.state.binds:
        return f"is {agreement.state}", f"agreement {name} in force instead of {agreement.state}"
    if at < agreement.starts:
        return f"begins on {agreement.starts:%Y-%m-%d}", f"a request from {agreement.starts:%Y-%m-%d} on"
    return f"does not cover {case.offer.service.id}", f"{case.offer.service.id} in agreement {name}"
