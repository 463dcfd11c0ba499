"""What readers of the API see, and what those who negotiate send."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.slam.domain.changes import Change
from services.slam.domain.effective import promises_at
from services.slam.domain.lifecycle import Act, Status
from services.slam.domain.promises import Promise
from services.slam.domain.record import Source, fact, in_force, next_change, state_at
from services.slam.domain.terms import Priority, Terms
from services.slam.ports import Kept, Version
from shared.contracts.agreements import AgreementState
from shared.contracts.sites import Quantities
from shared.contracts.topology import Json
from shared.contracts.vocabulary import Principal

STRICT = ConfigDict(frozen=True, extra="forbid")
Comment = Annotated[str, Field(max_length=2000)]
RevisionSeen = Annotated[int, Field(ge=1)]


class AgreementView(BaseModel):
    """An agreement as it stands.

    `status` is what people have decided, `state` what that means now by its dates. `targets` are what was agreed,
    `targets_now` what they are at this moment by `changes`; the limits are those of this moment in our units, absent is
    unlimited except for what is `unknown`. `acts` is what the reader can do now.
    """

    id: str
    revision: int
    source: Source
    status: Status
    state: AgreementState
    in_force: bool
    group: str
    issuer: str | None
    site: str
    services: tuple[str, ...]
    starts: datetime
    ends: datetime | None
    targets: tuple[Promise, ...]
    changes: tuple[Change, ...]
    priority: int
    priorities: dict[str, int]
    document: str | None
    managers: tuple[Principal, ...]
    targets_now: tuple[Promise, ...]
    limits: Quantities
    user_limits: Quantities
    instance_limits: Quantities
    guaranteed: Quantities
    unknown: tuple[str, ...]
    next_change: datetime | None
    changed_at: datetime
    acts: tuple[Act, ...]

    @classmethod
    def of(cls, kept: Kept, at: datetime, warning: timedelta, acts: Sequence[Act] = ()) -> Self:
        """From the store, as seen at that moment."""
        record, now = kept.record, fact(kept.record, at, warning)
        return cls(
            id=record.id,
            revision=record.revision,
            source=record.source,
            status=record.status,
            state=state_at(record, at, warning),
            in_force=in_force(record, at),
            **{name: getattr(record.terms, name) for name in Terms.model_fields},
            targets_now=promises_at(record.terms, at),
            limits=now.limits,
            user_limits=now.user_limits,
            instance_limits=now.instance_limits,
            guaranteed=now.guaranteed,
            unknown=now.unknown,
            next_change=next_change(record, at, warning),
            changed_at=kept.changed_at,
            acts=tuple(acts),
        )


class AgreementsView(BaseModel):
    """One page of agreements, by id. Pages count from 0; `total` is of all pages."""

    agreements: list[AgreementView]
    page: int
    size: int
    total: int


class VersionView(BaseModel):
    """An agreement as it stood from `at` on: what was done then, by whom (nobody: the folder), and why."""

    revision: int
    at: datetime
    act: str
    who: Principal | None
    comment: str
    status: Status
    terms: Terms

    @classmethod
    def of(cls, version: Version) -> Self:
        """From the store."""
        return cls(
            revision=version.revision,
            at=version.at,
            act=version.act,
            who=version.who,
            comment=version.comment,
            status=version.status,
            terms=version.terms,
        )


class HistoryView(BaseModel):
    """All versions of an agreement, the first one first."""

    versions: list[VersionView]


class Draft(BaseModel):
    """A new agreement. `signed`: the administrator records what was agreed elsewhere, in force by its dates at once."""

    model_config = STRICT

    terms: Terms
    signed: bool = False
    comment: Comment = ""


class Word(BaseModel):
    """Something is done to the `revision` that was looked at (or that the header `If-Match` names)."""

    model_config = STRICT

    revision: RevisionSeen | None = None
    comment: Comment = ""


class Offer(Word):
    """Other terms, whole, for the revision that was looked at."""

    terms: Terms


class Renewal(Word):
    """Another end: later, earlier, or none."""

    ends: AwareDatetime | None


class Priorities(Word):
    """How much the group likes what this agreement gives it: higher is better; one by service type wins."""

    priority: Priority
    priorities: dict[str, Priority] = Field(default_factory=dict)


class FlawView(BaseModel):
    """What is wrong in what was sent: where, what was found, what is allowed."""

    where: str
    found: str
    allowed: str


class ProblemView(BaseModel):
    """Every refusal. `problems` come with 422; `revision` and `current` with what was decided on an old revision."""

    code: int
    title: str
    message: str
    problems: list[FlawView] | None = None
    revision: int | None = None
    current: AgreementView | None = None


REFUSALS: dict[int | str, dict[str, Json]] = {
    401: {"model": ProblemView, "description": "The token proves nothing"},
    403: {"model": ProblemView, "description": "Somebody else may; the message says who"},
    404: {"model": ProblemView, "description": "There is no such agreement for this caller"},
    409: {"model": ProblemView, "description": "Not possible as it is now, or decided on an old `revision`"},
    412: {"model": ProblemView, "description": "Decided on an old revision, said by `If-Match`"},
    422: {"model": ProblemView, "description": "What was sent cannot be; all of its flaws"},
    503: {"model": ProblemView, "description": "Something is not there right now; see `Retry-After`"},
}
READING: dict[int | str, dict[str, Json]] = {code: REFUSALS[code] for code in (401, 404, 422, 503)}


def etag(kept: Kept) -> str:
    """The revision, as a header."""
    return f'"{kept.record.revision}"'
