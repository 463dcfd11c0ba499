"""The place is one that the user wished for."""

from services.ranker.domain.case import Case, Placing, Reason
from services.ranker.domain.stage import Stage

STAGE = Stage.MAY


def check(case: Case, placing: Placing) -> Placing | Reason:
    """Settle nothing; which agreement is wished for is another filter's business."""
    wishes, offer = case.ask.wishes, case.offer
    if wishes.sites and offer.site.site not in wishes.sites:
        wished = ", ".join(wishes.sites)
        return Reason(f"site {wished}", offer.site.site, f"The user wishes for {wished}, which {offer.name} is not.")
    if wishes.regions and offer.service.region not in wishes.regions:
        wished, region = ", ".join(wishes.regions), offer.service.region or "no region"
        return Reason(f"region {wished}", region, f"The user wishes for region {wished}; {offer.name} is in {region}.")
    return placing
