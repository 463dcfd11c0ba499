"""What two sides agree on. The same words in a request, in a file of the federation folder and in the store."""

from datetime import UTC
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from services.slam.domain.changes import Change, Growth, Period, UserShare, Weekly, each_once
from services.slam.domain.promises import Promise
from services.slam.domain.refusing import one_of, refused
from shared.contracts.vocabulary import Principal, ServiceId, SiteId

Name = Annotated[str, Field(min_length=1, max_length=500)]
ServiceName = Annotated[ServiceId, Field(min_length=1, max_length=500)]
Priority = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
FIRST_YEAR, LAST_YEAR = 100, 9999
MOST_TARGETS, MOST_CHANGES, MOST_NAMES = 200, 50, 500


class Terms(BaseModel):
    """Who may use what, how much of it and until when. No services named: all of the site's. Without an end it goes on.

    An absent guarantee is none and an absent limit is no limit; `unlimited` and `unknown` say so. `changes` apply in
    their order, the last one that applies counts. `priority` is higher for better; one by service type wins over it.
    `document` is where the paper is. `managers` may speak for the group beside those whom its issuer calls managers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: Name
    issuer: Name | None = None
    site: Annotated[SiteId, Field(min_length=1, max_length=500)]
    services: Annotated[tuple[ServiceName, ...], Field(max_length=MOST_NAMES)] = ()
    starts: AwareDatetime
    ends: AwareDatetime | None = None
    targets: Annotated[tuple[Promise, ...], Field(max_length=MOST_TARGETS)] = ()
    changes: Annotated[tuple[Change, ...], Field(max_length=MOST_CHANGES)] = ()
    priority: Priority = 0
    priorities: dict[str, Priority] = Field(default_factory=dict, max_length=MOST_NAMES)
    document: Annotated[str, Field(max_length=2000)] | None = None
    managers: Annotated[tuple[Principal, ...], Field(max_length=MOST_NAMES)] = ()

    @field_validator("starts", "ends")
    @classmethod
    def can_be_counted_to(cls, value: AwareDatetime | None) -> AwareDatetime | None:
        """In UTC, and no farther away than calendars go."""
        if value is None:
            return None
        try:
            moment = value.astimezone(UTC)
        except OverflowError:
            moment = None
        if moment is None or moment.year < FIRST_YEAR:
            raise refused(f"the year {value.year}", f"a time from the year {FIRST_YEAR} to {LAST_YEAR}, UTC")
        return moment

    @field_validator("ends")
    @classmethod
    def ends_after_it_starts(cls, ends: AwareDatetime | None, others: ValidationInfo) -> AwareDatetime | None:
        """An agreement that is never in force is a mistake in writing."""
        starts = others.data.get("starts")
        if ends is not None and starts is not None and ends <= starts:
            raise refused("an end before the start", f"after {starts:%Y-%m-%d %H:%M}")
        return ends

    @field_validator("targets")
    @classmethod
    def fits_the_services(cls, targets: tuple[Promise, ...], others: ValidationInfo) -> tuple[Promise, ...]:
        """One target for one thing, about services of this agreement."""
        return _about(each_once(targets), tuple(others.data.get("services") or ()))

    @field_validator("changes")
    @classmethod
    def can_happen(cls, changes: tuple[Change, ...], others: ValidationInfo) -> tuple[Change, ...]:
        """They are about services of this agreement; what grows to the end needs one."""
        for change in changes:
            match change:
                case Period(targets=targets) | Weekly(targets=targets):
                    _about(targets, tuple(others.data.get("services") or ()))
                case Growth() if "ends" in others.data and others.data["ends"] is None:
                    raise refused("growth to an end that is not given", "growth in an agreement that ends")
                case Growth(types=types) | UserShare(types=types):
                    _promised(types, others)
        return changes

    @field_validator("document")
    @classmethod
    def can_be_followed(cls, value: str | None) -> str | None:
        """A link that a browser may follow."""
        if value is not None and not value.startswith(("https://", "http://")):
            raise refused(value, "a link that begins with https:// or http://")
        return value


def _about(targets: tuple[Promise, ...], services: tuple[str, ...]) -> tuple[Promise, ...]:
    """What can run out is promised for the agreement as a whole, so that a limit is a limit wherever it is used up."""
    for target in targets:
        if target.service is None:
            continue
        if services and target.service not in services:
            raise refused(f"{target.type!r} for service {target.service!r}", one_of(services))
        if target.kind.quantity and services != (target.service,):
            found = f"{target.type!r} for one service of several"
            raise refused(found, "no service there, or an agreement for each service")
    return targets


def _promised(types: tuple[str, ...], others: ValidationInfo) -> None:
    promised = [target.type for target in others.data.get("targets") or ()]
    for named in types:
        if "targets" in others.data and named not in promised:
            raise refused(named, one_of(promised) or "what `targets` promises; it promises nothing")
