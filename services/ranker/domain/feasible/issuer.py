"""The site lets in users of the issuer that vouches for this one."""

from services.ranker.domain.case import Case, Placing, Reason
from services.ranker.domain.stage import Stage

STAGE = Stage.MAY


def check(case: Case, placing: Placing) -> Placing | Reason:
    """Settle nothing."""
    issuer, offer = case.ask.issuer, case.offer
    if issuer in offer.issuers:
        return placing
    trusted = ", ".join(sorted(offer.issuers)) or "nobody"
    return Reason(issuer, trusted, f"{offer.site.name} does not let in users of {issuer}.")
