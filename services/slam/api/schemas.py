"""What readers of the API see."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel

from services.slam.domain.agreements import in_force
from services.slam.ports import Kept
from shared.contracts.agreements import AgreementState
from shared.contracts.sites import Quantities


class AgreementView(BaseModel):
    """An agreement as it stands, whether it is in force right now, and when it was last changed."""

    id: str
    site: str
    group: str
    issuer: str | None
    services: tuple[str, ...]
    state: AgreementState
    in_force: bool
    starts: datetime
    ends: datetime | None
    limits: Quantities
    priority: int
    changed_at: datetime

    @classmethod
    def of(cls, kept: Kept, at: datetime) -> Self:
        """From the store, as seen at that moment."""
        agreement = kept.agreement
        return cls(
            id=agreement.agreement,
            site=agreement.site,
            group=agreement.group,
            issuer=agreement.issuer,
            services=agreement.services,
            state=agreement.state,
            in_force=in_force(agreement, at),
            starts=agreement.starts,
            ends=agreement.ends,
            limits=agreement.limits,
            priority=agreement.priority,
            changed_at=kept.changed_at,
        )


class AgreementsView(BaseModel):
    """Agreements, by id."""

    agreements: list[AgreementView]
