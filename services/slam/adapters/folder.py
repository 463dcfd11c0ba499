"""`agreements/<agreement>.yaml` of the federation folder: its format, and how an agreement is read from it.

Amounts of memory are megabytes, of disk gigabytes; an amount that is not given is unlimited. Times without a zone are
UTC. A plain date is its whole day: what ends on the 31st is in force on the 31st.
"""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from services.slam.ports import Seen
from shared.contracts.agreements import AgreementChanged, AgreementState
from shared.contracts.sites import Quantities
from shared.contracts.topology import Json
from shared.contracts.vocabulary import AgreementId, ServiceId, SiteId
from shared.runtime.yaml_files.folder import YamlFolder

STRICT = ConfigDict(frozen=True, extra="forbid")


def first_moment(value: Json) -> datetime:
    """A time as it is, a date as its beginning. Raises `ValueError`."""
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


Name = Annotated[str, Field(min_length=1)]


class AgreementEntry(BaseModel):
    """See `AgreementChanged`; the file's name is the agreement's id. No services named: all of the site's."""

    model_config = STRICT

    group: Name
    issuer: Name | None = None
    site: Name
    services: tuple[Name, ...] = ()
    state: AgreementState = AgreementState.ACTIVE
    starts: Annotated[datetime, BeforeValidator(first_moment)]
    ends: Annotated[datetime | None, BeforeValidator(end_of)] = None
    limits: Amounts = Amounts()
    priority: int = 0

    @field_validator("ends")
    @classmethod
    def ends_after_it_starts(cls, ends: datetime | None, others: ValidationInfo) -> datetime | None:
        """An agreement that is never in force is a mistake in writing."""
        starts = others.data.get("starts")
        if ends is not None and starts is not None and ends <= starts:
            raise ValueError(f"found an end before the start; allowed: after {starts:%Y-%m-%d %H:%M}")
        return ends


class FederationFolder:
    """`ports.Federation` on the `agreements` folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = YamlFolder(folder, AgreementEntry)

    async def read(self) -> Seen:
        reading = await asyncio.to_thread(self._folder.read)
        return Seen(reading.facts(AgreementId, agreed), problems=reading.problems, there=reading.there)


def agreed(agreement: AgreementId, entry: AgreementEntry) -> AgreementChanged:
    """The fact that an entry states."""
    return AgreementChanged(
        agreement=agreement,
        site=SiteId(entry.site),
        group=entry.group,
        issuer=entry.issuer,
        services=tuple(ServiceId(service) for service in entry.services),
        state=entry.state,
        starts=entry.starts,
        ends=entry.ends,
        limits=Quantities.model_validate(dict(entry.limits)),
        priority=entry.priority,
    )


def _is_date(value: Json) -> bool:
    try:
        date.fromisoformat(str(value).strip())
    except ValueError:
        return False
    return True
