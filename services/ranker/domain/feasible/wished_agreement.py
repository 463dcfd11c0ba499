"""The agreement is one that the user, or a placement policy of the template, asks for by name."""

from services.ranker.domain.case import Case, Placing, Reason
from services.ranker.domain.stage import Stage

STAGE = Stage.CAN
PLACEMENT = "tosca.policies.indigo.SlaPlacement"


def check(case: Case, placing: Placing) -> Placing | Reason:
    """Keep the wished agreements of those that would do; several policies must all be met."""
    offer, agreements = case.offer, placing.agreements
    if case.ask.wishes.agreements:
        agreements = tuple(one for one in agreements if one.agreement in case.ask.wishes.agreements)
        if not agreements:
            return _none(", ".join(case.ask.wishes.agreements), placing, case)
    for policy in case.ask.policies:
        if policy.type != PLACEMENT:
            continue
        wished, region = policy.properties.get("sla_id"), policy.properties.get("region")
        agreements = tuple(one for one in agreements if not wished or one.agreement == wished)
        if not agreements:
            return _none(str(wished), placing, case)
        if region and offer.service.region != region:
            there = offer.service.region or "no region"
            sentence = f"The policy {policy.name} wants region {region}; {offer.name} is in {there}."
            return Reason(f"region {region}", there, sentence)
    return placing.under(agreements)


def _none(wished: str, placing: Placing, case: Case) -> Reason:
    there = ", ".join(agreement.agreement for agreement in placing.agreements)
    return Reason(f"agreement {wished}", there, f"{case.offer.name} is not offered under agreement {wished}.")
