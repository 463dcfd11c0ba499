"""What a decision is made of: the events the saga hears, the commands it gives, and its patience."""

from datetime import timedelta
from typing import NamedTuple, TypeAlias

from services.deployer.domain.commands import CleanUpTrial, DeadlinePassed, StartTrial, WakeAt
from services.deployer.domain.states import State
from shared.contracts.deployments import (
    DeletionFailed,
    DeletionRequested,
    DeploymentCompleted,
    DeploymentDeleted,
    DeploymentFailed,
    DeploymentRequested,
)
from shared.contracts.ranking import NoSiteFits, SitesRanked
from shared.contracts.trials import CleanUpStuck, TrialCleaned, TrialFailed, TrialStarted, TrialSucceeded

Event: TypeAlias = (
    DeploymentRequested
    | DeletionRequested
    | SitesRanked
    | NoSiteFits
    | TrialSucceeded
    | TrialFailed
    | TrialCleaned
    | CleanUpStuck
    | DeadlinePassed
)
Announcement: TypeAlias = (
    TrialStarted | TrialFailed | DeploymentCompleted | DeploymentFailed | DeploymentDeleted | DeletionFailed
)
Command: TypeAlias = StartTrial | CleanUpTrial | WakeAt | Announcement


class Patience(NamedTuple):
    """How long the saga waits where the user said nothing."""

    ranking: timedelta = timedelta(minutes=10)
    trial: timedelta = timedelta(hours=4)
    cleaning: timedelta = timedelta(hours=1)


class Decision(NamedTuple):
    """The next state and what to do, in order."""

    state: State
    commands: tuple[Command, ...] = ()
