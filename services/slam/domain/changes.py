"""How an agreement says that its promises change with time: a period, hours of the week, a share, growth to the end."""

from datetime import time
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from services.slam.domain.promises import Promise
from services.slam.domain.refusing import one_of, refused

STRICT = ConfigDict(frozen=True, extra="forbid")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def each_once(promises: tuple[Promise, ...]) -> tuple[Promise, ...]:
    """The promises, if no two are about the same thing. Raises a refusal that names both."""
    for one, other in pairwise(sorted(promises, key=lambda promise: promise.about)):
        if one.about == other.about:
            said = f"{one.type!r} and {other.type!r}" if one.type != other.type else f"{one.type!r} twice"
            raise refused(said, "one target for one thing")
    return promises


class Period(BaseModel):
    """For a while, from `starts` until just before `until`, these promises stand in place of those about the same."""

    model_config = STRICT

    kind: Literal["period"]
    starts: AwareDatetime
    until: AwareDatetime
    targets: Annotated[tuple[Promise, ...], Field(min_length=1)]

    @field_validator("until")
    @classmethod
    def comes_after_the_start(cls, value: AwareDatetime, others: ValidationInfo) -> AwareDatetime:
        """A period that is never is a mistake in writing."""
        starts = others.data.get("starts")
        if starts is not None and value <= starts:
            raise refused("an end before the start", f"after {starts.isoformat()}")
        return value

    _once = field_validator("targets")(each_once)


class Weekly(BaseModel):
    """Every week on these days, from `starts` until just before `until` by the clock of `zone`, likewise.

    An `until` that is not after `starts` is on the next day.
    """

    model_config = STRICT

    kind: Literal["weekly"]
    days: Annotated[tuple[Day, ...], Field(min_length=1)]
    starts: time
    until: time
    zone: str
    targets: Annotated[tuple[Promise, ...], Field(min_length=1)]

    @field_validator("starts", "until")
    @classmethod
    def has_no_zone_of_its_own(cls, value: time) -> time:
        """There is one zone, and it has summer and winter."""
        if value.tzinfo is not None:
            raise refused("a time with a zone", "a time such as 18:00; the zone has a field of its own")
        return value

    @field_validator("zone")
    @classmethod
    def is_a_zone(cls, value: str) -> str:
        """A name of the time zone database."""
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise refused(value, "a name of the time zone database, such as 'UTC' or 'Europe/Rome'") from None
        return value

    _once = field_validator("targets")(each_once)


class UserShare(BaseModel):
    """Each user may have this share of the whole group's limit; of these types, or of all that are promised."""

    model_config = STRICT

    kind: Literal["user-share"]
    share: Annotated[float, Field(gt=0, le=1)]
    types: tuple[str, ...] = ()


class Growth(BaseModel):
    """In the last `days` days limits grow day by day until they are `factor` times what they were (or shrink so).

    A limit never falls below its guarantee.
    """

    model_config = STRICT

    kind: Literal["growth"]
    days: Annotated[int, Field(ge=1, le=366)]
    factor: Annotated[float, Field(gt=0, le=100)]
    types: tuple[str, ...] = ()


Change = Annotated[Period | Weekly | UserShare | Growth, Field(discriminator="kind")]
KINDS_OF_CHANGE = one_of(("period", "weekly", "user-share", "growth"))
