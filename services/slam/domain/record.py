"""An agreement as it is kept, and what is told of it at a given moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.slam.domain.effective import next_point, promises_at, quantities, unknown
from services.slam.domain.lifecycle import Status
from services.slam.domain.promises import SCOPES, Promise
from services.slam.domain.terms import Terms
from shared.contracts.agreements import AgreementChanged, AgreementState, Target
from shared.contracts.vocabulary import AgreementId


class Source(StrEnum):
    """Where an agreement is written: by people through the API, or in the federation folder by the administrator."""

    PEOPLE = "people"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Record:
    """An agreement: what was decided and agreed on. Each change makes the next `revision`, from 1."""

    id: AgreementId
    status: Status
    terms: Terms
    revision: int = 1
    source: Source = Source.PEOPLE


SPOKEN = {
    Status.NEW: AgreementState.DRAFT,
    Status.DRAFT: AgreementState.DRAFT,
    Status.SENT: AgreementState.SENT,
    Status.COUNTERED: AgreementState.COUNTERED,
    Status.REJECTED: AgreementState.REJECTED,
    Status.SUSPENDED: AgreementState.SUSPENDED,
    Status.DISABLED: AgreementState.SUSPENDED,
    Status.TERMINATED: AgreementState.TERMINATED,
    Status.DELETED: AgreementState.TERMINATED,
}


def state_at(record: Record, at: datetime, warning: timedelta) -> AgreementState:
    """Where it is in its life. Its last moment is just before `ends`; it is expiring for so long before that."""
    starts, ends = record.terms.starts, record.terms.ends
    if record.status is not Status.SIGNED:
        return SPOKEN[record.status]
    if ends is not None and at >= ends:
        return AgreementState.EXPIRED
    if at < starts:
        return AgreementState.SIGNED
    return AgreementState.EXPIRING if ends is not None and at >= ends - warning else AgreementState.ACTIVE


def in_force(record: Record, at: datetime) -> bool:
    """Whether it gives any right at that moment."""
    return state_at(record, at, timedelta(0)) is AgreementState.ACTIVE


def next_change(record: Record, at: datetime, warning: timedelta) -> datetime | None:
    """The first moment after `at` from which on something else may have to be told, without anybody doing anything."""
    terms = record.terms
    if record.status is not Status.SIGNED:
        return None
    if at < terms.starts:
        return terms.starts
    if terms.ends is None:
        return next_point(terms, at)
    dates = (terms.ends - warning, terms.ends, next_point(terms, at))
    return min((date for date in dates if date is not None and date > at), default=None)


def fact(record: Record, at: datetime, warning: timedelta) -> AgreementChanged:
    """What is told of it at that moment."""
    terms, promises = record.terms, promises_at(record.terms, at)
    return AgreementChanged(
        agreement=record.id,
        site=terms.site,
        group=terms.group,
        issuer=terms.issuer,
        services=terms.services,
        state=state_at(record, at, warning),
        starts=terms.starts,
        ends=terms.ends,
        limits=quantities(promises, "total", "limit"),
        user_limits=quantities(promises, "user", "limit"),
        instance_limits=quantities(promises, "instance", "limit"),
        guaranteed=quantities(promises, "total", "guaranteed"),
        unknown=unknown(promises),
        targets=tuple(_target(promise) for promise in promises),
        priority=terms.priority,
        priorities=terms.priorities,
        document=terms.document,
    )


def _target(promise: Promise) -> Target:
    names = [f"{scope}_{strength}" for scope in SCOPES for strength in ("guaranteed", "limit")]
    values = {name: getattr(promise, name) for name in names}
    numbers = {name: value for name, value in values.items() if isinstance(value, float)}
    return Target.model_validate({"service": promise.service, "type": promise.type, "unit": promise.unit, **numbers})
