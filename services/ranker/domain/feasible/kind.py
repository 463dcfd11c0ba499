"""The service takes what the template describes."""

from services.ranker.domain.case import Case, Placing, Reason
from services.ranker.domain.stage import Stage

STAGE = Stage.MAY


def check(case: Case, placing: Placing) -> Placing | Reason:
    """Settle nothing."""
    kind, service = case.ask.kind, case.offer.service
    if kind in service.kinds:
        return placing
    kinds = ", ".join(service.kinds) or "nothing"
    return Reason(kind, kinds, f"{case.offer.name} runs {kinds}; the template describes {kind}.")
