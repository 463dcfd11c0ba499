"""New work may go to the service."""

from services.ranker.domain.case import Case, Placing, Reason
from services.ranker.domain.stage import Stage
from shared.contracts.sites import ServiceStatus

STAGE = Stage.MAY


def check(case: Case, placing: Placing) -> Placing | Reason:
    """Settle nothing."""
    status = case.offer.service.status
    if status is ServiceStatus.ACTIVE:
        return placing
    said = "is removed" if status is ServiceStatus.REMOVED else f"is in {status}"
    said = "takes no new work" if status is ServiceStatus.LIMITED else said
    return Reason("an active service", status, f"{case.offer.name} {said}.")
