"""Telling users where they asked to be told: what is told, when it is tried again, and when not any more.

The names of the headers and what is signed are those of Standard Webhooks 1.0.0.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime

from services.gateway.domain.redaction import redacted, redacted_text
from services.gateway.domain.view import View
from shared.contracts.between import is_placeholder
from shared.contracts.topology import Json
from shared.contracts.vocabulary import DeploymentId, Principal, Value

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=1)
JITTER = 0.2
GONE = 410


class DeliveryState(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given-up"


class Webhook(Value):
    """Where a user wants to be told about every deployment of his."""

    id: str
    owner: Principal
    url: str
    created_at: AwareDatetime


class Delivery(Value):
    """One thing to be told at one place; `id` is the same at every attempt, so that a receiver knows it again."""

    id: str
    deployment: str
    webhook: str | None = None
    url: str
    body: str
    created_at: AwareDatetime
    attempts: int = 0


class Answer(Value):
    """What came of one attempt: the status that was answered, or none and why. `refused`: nobody may be sent there."""

    code: int | None = None
    sentence: str = ""
    refused: bool = False


class Verdict(Value):
    """What an attempt means for its delivery, which is due again at `due_at` while it waits."""

    state: DeliveryState
    due_at: AwareDatetime
    code: int | None = None
    sentence: str = ""


class News(NamedTuple):
    """What is to be told about a deployment: at its callback, if it has one, and at every webhook of its owner."""

    deployment: DeploymentId
    owner: Principal
    callback: str | None
    body: str


class Claim(NamedTuple):
    """A worker asks for this many due deliveries and holds them until then, by its token."""

    token: str
    at: datetime
    until: datetime
    room: int


class Claimed(NamedTuple):
    """A delivery in hand, with the sealed secret of its webhook."""

    delivery: Delivery
    sealed: bytes | None = None


class Logged(NamedTuple):
    """A delivery as its owner reads about it."""

    delivery: Delivery
    state: DeliveryState
    tried_at: datetime | None
    code: int | None
    sentence: str


def is_news(before: View | None, after: View) -> bool:
    """Whether users are told: the deployment is new, its status is another, or it waits for its owner or no longer."""
    if before is None:
        return True
    return (before.status, before.waits_for_owner) != (after.status, after.waits_for_owner)


def body_of(view: View) -> dict[str, Json]:
    """What is told about a deployment: what INDIGO's clients expect of a callback, and nothing secret."""
    trial = view.trials[-1] if view.trials else None
    body: dict[str, Json] = {
        "uuid": view.id,
        "status": view.status.value,
        "task": view.task.value,
        "creationTime": _time(view.created_at),
        "updateTime": _time(view.updated_at),
        "outputs": redacted({name: value for name, value in view.outputs.items() if not is_placeholder(value)}),
        "createdBy": {"issuer": view.owner.issuer, "subject": view.owner.subject},
        "links": [],
    }
    if view.reason:
        body["statusReason"] = redacted_text(view.reason)
    if view.user_group is not None:
        body["userGroup"] = view.user_group
    if trial is not None:
        body["cloudProviderName"] = trial.site
    if trial is not None and trial.external_id is not None:
        body["physicalId"] = trial.external_id
    return body


def verdict(delivery: Delivery, answer: Answer, at: datetime, luck: float) -> Verdict:
    """What an attempt that ended `at` means; `luck` is in [0, 1) and spreads what would be tried again together."""
    if answer.code is not None and 200 <= answer.code < 300:  # noqa: PLR2004 - the class of successes
        return Verdict(state=DeliveryState.DELIVERED, due_at=at, code=answer.code)
    due = at + pause(delivery.attempts + 1, luck)
    over = answer.refused or answer.code == GONE or due > delivery.created_at + GIVEN_UP_AFTER
    state = DeliveryState.GIVEN_UP if over else DeliveryState.WAITING
    return Verdict(state=state, due_at=due, code=answer.code, sentence=answer.sentence)


def pause(attempts: int, luck: float) -> timedelta:
    """How long to wait after so many attempts: twice as long each time, a fifth more or less."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(attempts - 1, 20)
    return min(doubled, LONGEST_PAUSE) * (1 - JITTER + 2 * JITTER * luck)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M%z")
