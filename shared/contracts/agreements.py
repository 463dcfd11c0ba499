"""Facts about who may use what: agreements between groups and sites. Compacted topic, keyed by agreement."""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from shared.contracts.message import Message
from shared.contracts.sites import Quantities
from shared.contracts.vocabulary import AgreementId, ServiceId, SiteId, Value


class AgreementState(StrEnum):
    """Where an agreement is in its life, as it was when it was told.

    A signed one becomes active, expiring and expired by its dates alone; who decides something looks at the dates.
    """

    DRAFT = "draft"
    SENT = "sent"
    COUNTERED = "countered"
    REJECTED = "rejected"
    SIGNED = "signed"
    ACTIVE = "active"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"

    @property
    def binds(self) -> bool:
        """Whether both sides stand by it between its dates."""
        return self in (AgreementState.SIGNED, AgreementState.ACTIVE, AgreementState.EXPIRING)


class Target(Value):
    """One promise of an agreement in the words it was made in: six restrictions, in the target's own unit.

    An absent guarantee is none, an absent limit is no limit. Federation services of the INDIGO generation read these.
    """

    service: ServiceId | None = None
    type: str
    unit: str | None = None
    total_guaranteed: Annotated[float, Field(ge=0)] | None = None
    total_limit: Annotated[float, Field(ge=0)] | None = None
    user_guaranteed: Annotated[float, Field(ge=0)] | None = None
    user_limit: Annotated[float, Field(ge=0)] | None = None
    instance_guaranteed: Annotated[float, Field(ge=0)] | None = None
    instance_limit: Annotated[float, Field(ge=0)] | None = None


class AgreementChanged(Message):
    """An agreement between a group and a site as it is from now on, whole.

    An absent limit is unlimited; `unknown` names the quantities that have a limit which nobody knows. `user_limits`
    are for each user of the group, `instance_limits` for each machine. `priority` goes before everything else when
    sites are put in order; `priorities` are for services of one type and win over it.
    """

    agreement: AgreementId
    site: SiteId
    group: str
    issuer: str | None = None
    services: tuple[ServiceId, ...] = ()
    state: AgreementState
    starts: AwareDatetime
    ends: AwareDatetime | None = None
    limits: Quantities = Quantities()
    user_limits: Quantities = Quantities()
    instance_limits: Quantities = Quantities()
    guaranteed: Quantities = Quantities()
    unknown: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    priority: int = 0
    priorities: dict[str, int] = Field(default_factory=dict)
    document: str | None = None

    @property
    def key(self) -> str:
        """The agreement's id."""
        return self.agreement
