"""`agreements/<agreement>.yaml` of the federation folder: its format, and how an agreement is read from it.

The words are those of `Terms`, and two more: `state`, and `limits` for what is simply limited as a whole, in megabytes
of memory and gigabytes of disk. Times without a zone are UTC. A plain date is its whole day: what ends on the 31st is
in force on the 31st.
"""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from services.slam.domain.kinds import SPELT
from services.slam.domain.lifecycle import Status
from services.slam.domain.promises import Promise
from services.slam.domain.record import Record, Source
from services.slam.domain.refusing import refused
from services.slam.domain.terms import Terms
from services.slam.ports import Seen
from shared.contracts.sites import Quantities
from shared.contracts.topology import Json
from shared.contracts.vocabulary import AgreementId
from shared.runtime.yaml_files.folder import YamlFolder

STRICT = ConfigDict(frozen=True, extra="forbid")
STATES = {"active": Status.SIGNED, "suspended": Status.SUSPENDED, "terminated": Status.TERMINATED}


def first_moment(value: Json) -> datetime:
    """A time as it is, a date as its beginning. Raises `ValueError`."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            time = datetime.fromisoformat(value.strip())
        except ValueError:
            pass
        else:
            return time if time.tzinfo else time.replace(tzinfo=UTC)
    raise ValueError(f"found {value!r}; allowed: a date (2026-01-31) or a time (2026-01-31T12:00:00Z)")


def end_of(value: Json) -> datetime | None:
    """A time as it is, a date as the beginning of the next day. Raises `ValueError`."""
    if value is None:
        return None
    time = first_moment(value)
    try:
        return time + timedelta(days=1) if _is_date(value) else time
    except OverflowError:
        raise ValueError(f"found {value!r}; leave it out where there is no end") from None


class Amounts(Quantities):
    """See `Quantities`."""

    model_config = STRICT


class AgreementEntry(Terms):
    """See `Terms`; the file's name is the agreement's id."""

    starts: Annotated[AwareDatetime, BeforeValidator(first_moment)]
    ends: Annotated[AwareDatetime | None, BeforeValidator(end_of)] = None
    state: Literal["active", "suspended", "terminated"] = "active"
    limits: Annotated[Amounts, Field(default_factory=Amounts)]

    @field_validator("limits")
    @classmethod
    def says_nothing_twice(cls, limits: Amounts, others: ValidationInfo) -> Amounts:
        """What is a target is no limit beside it."""
        for target in others.data.get("targets") or ():
            if target.kind.quantity and getattr(limits, target.kind.quantity) is not None:
                raise refused(f"{target.kind.quantity!r} beside the target {target.type!r}", "one of the two")
        return limits


class FederationFolder:
    """`ports.Federation` on the `agreements` folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = YamlFolder(folder, AgreementEntry)

    async def read(self) -> Seen:
        reading = await asyncio.to_thread(self._folder.read)
        return Seen(reading.facts(AgreementId, agreed), problems=reading.problems, there=reading.there)


def agreed(agreement: AgreementId, entry: AgreementEntry) -> Record:
    """The agreement that an entry states: the administrator's record."""
    parts = {name: getattr(entry, name) for name in Terms.model_fields}
    parts["targets"] = (*entry.targets, *_limited(entry.limits))
    return Record(agreement, STATES[entry.state], Terms.model_validate(parts), source=Source.FILE)


def _limited(limits: Amounts) -> list[Promise]:
    amounts = {name: getattr(limits, name) for name in SPELT}
    return [
        Promise(type=SPELT[name][0], unit=SPELT[name][1], total_limit=float(amount))
        for name, amount in amounts.items()
        if amount is not None
    ]


def _is_date(value: Json) -> bool:
    try:
        date.fromisoformat(str(value).strip())
    except ValueError:
        return False
    return True
