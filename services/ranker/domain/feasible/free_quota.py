"""Enough is left for the request: of the service's quota, and of the agreement's limits."""

from services.ranker.domain.amounts import DIMENSIONS, Amounts, number, said
from services.ranker.domain.case import Case, Placing, Reason
from services.ranker.domain.stage import Stage
from shared.contracts.agreements import AgreementChanged
from shared.contracts.sites import Quantities

STAGE = Stage.ROOM
GRAIN = 1e-6
"""Shares of cores are added up in binary; less than this is not a shortage."""

Shortage = tuple[str, float, float, float]
"""What runs short, how much is needed, how much is free, of how much."""


def check(case: Case, placing: Placing) -> Placing | Reason:
    """Keep the agreements under which there is room. What is held already counts, on its way or standing."""
    needed = placing.takes(case.ask)
    service = case.offer.service
    if short := _shortages(needed, service.quota, _used(case)):
        return _reason(short, f"{case.offer.name} has")
    roomy: list[AgreementChanged] = []
    reasons: list[Reason] = []
    for agreement in placing.agreements:
        if short := _shortages(needed, agreement.limits, case.held.under(agreement.agreement)):
            reasons.append(_reason(short, f"Under agreement {agreement.agreement}, {case.ask.group} has"))
        else:
            roomy.append(agreement)
    return placing.under(tuple(roomy)) if roomy or not reasons else reasons[0]


def _used(case: Case) -> Amounts:
    """What is used of the service: as counted, and what that count cannot have seen; else all that we know of."""
    held, used = case.held.at(case.place), case.sight.used if case.sight else None
    if used is None:
        return held
    unseen = case.held.unseen_at(case.place)
    counts = (getattr(used, name) for name in DIMENSIONS)
    known = zip(counts, unseen, held, strict=True)
    return Amounts(*(every if count is None else count + new for count, new, every in known))


def _shortages(needed: Amounts, limits: Quantities, used: Amounts) -> list[Shortage]:
    short = []
    for name, need, use in zip(DIMENSIONS, needed, used, strict=True):
        limit: float | None = getattr(limits, name)
        if limit is not None and need > 0 and need > limit - use + GRAIN:
            short.append((name, need, max(0.0, limit - use), limit))
    return short


def _reason(short: list[Shortage], who: str) -> Reason:
    needed = ", ".join(said(name, need) for name, need, _, _ in short)
    free = ", ".join(said(name, left) for name, _, left, _ in short)
    of = ", ".join(f"{number(left)} of {said(name, limit)}" for name, _, left, limit in short)
    return Reason(needed, free, f"{who} {of} free; {needed} needed.")
