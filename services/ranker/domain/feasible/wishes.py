"""The place is one that the user wished for, and in the region that the template's policies want."""

from services.ranker.domain.ask import Ask
from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Mask, Rows
from services.ranker.domain.offer import Offer
from services.ranker.domain.stage import Stage

STAGE = Stage.MAY


def check(board: Board, rows: Rows) -> Mask:
    """Whether it is; which agreement is wished for is another filter's business."""
    key = ("wishes", board.ask.wishes.sites, board.ask.wishes.regions, _regions(board.ask))
    return board.table.every(key, lambda offer: _refusal(board.ask, offer) is None)[rows]


def reason(case: Case) -> Reason:
    """The first wish that is not met."""
    refusal = _refusal(case.ask, case.offer)
    if refusal is None:
        raise LookupError(f"{case.offer.name} is wished for")
    return refusal


def _refusal(ask: Ask, offer: Offer) -> Reason | None:
    wishes, region = ask.wishes, offer.service.region or "no region"
    if wishes.sites and offer.site.site not in wishes.sites:
        wished = ", ".join(wishes.sites)
        sentence = f"The user wishes for {wished}, which {offer.name} is not."
        return Reason(f"site {wished}", offer.site.site, sentence, f"a wish for {offer.site.site}, or none")
    if wishes.regions and offer.service.region not in wishes.regions:
        wished = ", ".join(wishes.regions)
        sentence = f"The user wishes for region {wished}; {offer.name} is in {region}."
        return Reason(f"region {wished}", region, sentence, f"a wish for {region}, or none")
    for name, wanted in _regions(ask):
        if offer.service.region != wanted:
            sentence = f"The policy {name} wants region {wanted}; {offer.name} is in {region}."
            return Reason(f"region {wanted}", region, sentence, f"another region in policy {name}")
    return None


def _regions(ask: Ask) -> tuple[tuple[str, str], ...]:
    """The policies that want a region, and which."""
    wanted = ((policy.name, policy.properties.get("region")) for policy in ask.sla_policies)
    return tuple((name, str(region)) for name, region in wanted if region)
