"""The right to act for an owner while the owner is away: got for a token, renewed, and lost for good.

A grant is for one owner in one group. It is renewed at about half of its life; what its issuer refuses is lost at once,
though the last token may still live: whoever refuses has a reason.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from shared.contracts.vocabulary import CredentialRef, DeploymentId, Principal

EARLIEST, SPREAD = 0.45, 0.1
"""At which part of its life a grant is renewed, and how far two of them lie apart."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(minutes=5)
EXPIRED = "The owner's login has expired; log in again to go on."


class State(StrEnum):
    """Given: the owner's own token, to be exchanged. Held: what it was exchanged for. Lost: until the owner comes."""

    GIVEN = "given"
    HELD = "held"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Grant:
    """The right to act for an owner, in a group if `group` says one. `due_at` is when there is something to do next.

    `digest` tells the token that was given from another; it is empty when giving the same again can help.
    """

    owner: Principal
    group: str | None
    state: State
    expires_at: datetime
    token: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    digest: str = ""
    due_at: datetime | None = None
    attempts: int = 0
    why: str = ""


class Granted(NamedTuple):
    """The issuer gives a token. `groups` are those it names now, `None` if they are not asked for."""

    token: str
    lives: timedelta
    refresh: str | None = None
    groups: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        return f"Granted(lives={self.lives})"


class Denied(NamedTuple):
    """The issuer refuses, and asking again for the same will not help."""

    sentence: str


class Over(NamedTuple):
    """There is nothing left to ask the issuer with."""

    sentence: str = EXPIRED


class Unheard(NamedTuple):
    """The issuer gives no answer that counts: it is away, or we are set up wrongly."""

    sentence: str


Answer: TypeAlias = Granted | Denied | Over | Unheard


class Ward(NamedTuple):
    """A deployment that is not finished, under which credential it is worked on, and whether that was told as lost."""

    deployment: DeploymentId
    reference: CredentialRef
    lost: bool


def advanced(grant: Grant, answer: Answer, at: datetime, luck: float) -> Grant:
    """The grant after the issuer's answer. `luck` in [0, 1) spreads what would come due at once."""
    match answer:
        case Granted(groups=groups) if groups is not None and grant.group not in (None, *groups):
            return _lost(grant, f"The owner's login no longer speaks for the group {grant.group!r}.", grant.digest)
        case Granted():
            refresh = answer.refresh or (grant.refresh if grant.state is State.HELD else None)
            renewed = at + answer.lives * (EARLIEST + SPREAD * luck)
            return replace(
                grant,
                state=State.HELD,
                token=answer.token,
                expires_at=at + answer.lives,
                refresh=refresh,
                due_at=renewed if refresh else at + answer.lives,
                attempts=0,
                why="",
            )
        case Denied():
            return _lost(grant, answer.sentence, grant.digest)
        case Over():
            return _lost(grant, answer.sentence, "")
        case Unheard():
            pause = min(FIRST_PAUSE * 2 ** min(grant.attempts, 16), LONGEST_PAUSE) * (0.5 + luck / 2)
            return replace(grant, attempts=grant.attempts + 1, due_at=at + pause, why=answer.sentence)


def _lost(grant: Grant, sentence: str, digest: str) -> Grant:
    return replace(
        grant, state=State.LOST, token="", refresh=None, digest=digest, due_at=None, attempts=0, why=sentence
    )
