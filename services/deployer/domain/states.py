"""One frozen class per state of a saga, each holding only what is true there."""

from datetime import timedelta
from typing import TypeAlias

from pydantic import AwareDatetime

from shared.contracts.ranking import Candidate
from shared.contracts.trials import TrialBrief, TrialOutcome
from shared.contracts.vocabulary import (
    Action,
    ActionId,
    Cause,
    CredentialRef,
    Limits,
    Principal,
    Revision,
    TrialNo,
    Value,
)


class Order(Value):
    """What was asked for, as far as the saga must know it; the request itself is in the deployer's store."""

    revision: Revision
    owner: Principal
    credential: CredentialRef
    limits: Limits
    trial_timeout: timedelta
    requested_at: AwareDatetime

    def time_for(self, candidate: Candidate) -> timedelta:
        """How long a trial there may take: what the user said, else what was learned, but never more than usual."""
        if self.limits.trial_timeout is not None or candidate.patience is None:
            return self.trial_timeout
        return min(self.trial_timeout, timedelta(seconds=candidate.patience))


class Trial(Value):
    """One attempt at one site and what became of it."""

    number: TrialNo
    candidate: Candidate
    outcome: TrialOutcome = TrialOutcome.RUNNING
    cause: Cause | None = None
    sentence: str = ""
    remains: tuple[str, ...] = ()

    @property
    def may_leave_something(self) -> bool:
        """Whether something of it may still exist at the site."""
        return self.outcome is not TrialOutcome.CLEANED

    def brief(self) -> TrialBrief:
        """The trial in a line, for those who read the story."""
        return TrialBrief(
            trial=self.number,
            site=self.candidate.site,
            service=self.candidate.service,
            backend=self.candidate.backend,
            outcome=self.outcome,
            cause=self.cause,
            sentence=self.sentence,
        )


class Ask(Value):
    """An action that was asked for and is not done, with the right of whoever asked."""

    action_id: ActionId
    action: Action
    machines: tuple[str, ...]
    credential: CredentialRef


class NotStarted(Value):
    """Nothing was asked for yet."""


class Ranking(Value):
    """Asked for; the ranker is thinking."""

    order: Order


class Trying(Value):
    """A trial runs: the last of `trials`. The candidates left are those that were not tried.

    `waits_for_owner`: nobody can act for the owner; no trial is too slow until somebody can.
    """

    order: Order
    trials: tuple[Trial, ...]
    left: tuple[Candidate, ...]
    waits_for_owner: bool = False

    @property
    def running(self) -> Trial:
        """The trial that runs."""
        return self.trials[-1]


class Deployed(Value):
    """The last trial succeeded. Earlier ones may still be being cleaned; the first of the actions is under way."""

    order: Order
    trials: tuple[Trial, ...]
    actions: tuple[Ask, ...] = ()


class Updating(Value):
    """What the last trial made is being made into what the order asks now."""

    order: Order
    trials: tuple[Trial, ...]
    waits_for_owner: bool = False


class Failed(Value):
    """No trial succeeded, or none could be made. Trials may still be being cleaned; a kept one stays."""

    order: Order
    trials: tuple[Trial, ...]
    cause: Cause
    sentence: str


class Deleting(Value):
    """Asked to go; what the trials left is being removed."""

    order: Order
    trials: tuple[Trial, ...]


class DeletionStuck(Value):
    """Asked to go, but something could not be removed so far."""

    order: Order
    trials: tuple[Trial, ...]


class Deleted(Value):
    """Nothing is left."""

    trials: tuple[Trial, ...] = ()


State: TypeAlias = NotStarted | Ranking | Trying | Deployed | Updating | Failed | Deleting | DeletionStuck | Deleted
