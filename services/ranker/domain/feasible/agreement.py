"""An agreement in force lets the user's group use the service."""

from services.ranker.domain.case import Case, Placing, Reason
from services.ranker.domain.stage import Stage
from shared.contracts.agreements import AgreementChanged, AgreementState

STAGE = Stage.MAY


def check(case: Case, placing: Placing) -> Placing | Reason:
    """Settle which agreements would do."""
    group, site = case.ask.group, case.offer.site.name
    if not group:
        return Reason("a group", "none", f"The request is for no group, and {site} is open to groups only.")
    refusals = [(told.fact, _refusal(told.fact, case)) for told in case.agreements]
    in_force = tuple(agreement for agreement, refusal in refusals if refusal is None)
    if in_force:
        return placing.under(in_force)
    if not refusals:
        return Reason(f"an agreement with {group}", "none", f"{group} has no agreement with {site}.")
    agreement, refusal = refusals[0]
    sentence = f"The agreement {agreement.agreement} of {group} with {site} {refusal}."
    return Reason("an agreement in force", f"{agreement.agreement} {refusal}", sentence)


def _refusal(agreement: AgreementChanged, case: Case) -> str | None:
    at = case.ask.at
    if agreement.issuer is not None and agreement.issuer != case.ask.issuer:
        return f"is for users of {agreement.issuer}"
    if agreement.state is not AgreementState.ACTIVE:
        return f"is {agreement.state}"
    if at < agreement.starts:
        return f"begins on {agreement.starts:%Y-%m-%d}"
    if agreement.ends is not None and agreement.ends <= at:
        return f"ended on {agreement.ends:%Y-%m-%d}"
    if agreement.services and case.offer.service.id not in agreement.services:
        return f"does not cover {case.offer.service.id}"
    return None
