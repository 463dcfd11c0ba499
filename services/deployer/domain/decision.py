"""What a decision is made of: the events the saga hears, the commands it gives, and its patience."""

from datetime import timedelta
from typing import NamedTuple, TypeAlias

from services.deployer.domain.commands import (
    ChangeInfrastructure,
    CleanUpTrial,
    DeadlinePassed,
    PerformAction,
    StartTrial,
    WakeAt,
)
from services.deployer.domain.states import State
from shared.contracts.deployments import (
    ActionCompleted,
    ActionFailed,
    ActionRequested,
    CredentialLost,
    CredentialRestored,
    DeletionFailed,
    DeletionRequested,
    DeploymentCompleted,
    DeploymentDeleted,
    DeploymentFailed,
    DeploymentRequested,
    ResetRequested,
    UpdateCompleted,
    UpdateFailed,
    UpdateRequested,
)
from shared.contracts.ranking import NoSiteFits, SitesRanked
from shared.contracts.trials import (
    CleanUpStuck,
    TrialActed,
    TrialActionFailed,
    TrialChanged,
    TrialChangeFailed,
    TrialCleaned,
    TrialFailed,
    TrialStarted,
    TrialSucceeded,
)

Event: TypeAlias = (
    DeploymentRequested
    | UpdateRequested
    | DeletionRequested
    | ActionRequested
    | ResetRequested
    | CredentialLost
    | CredentialRestored
    | SitesRanked
    | NoSiteFits
    | TrialSucceeded
    | TrialFailed
    | TrialChanged
    | TrialChangeFailed
    | TrialActed
    | TrialActionFailed
    | TrialCleaned
    | CleanUpStuck
    | DeadlinePassed
)
Announcement: TypeAlias = (
    TrialStarted
    | TrialFailed
    | DeploymentCompleted
    | DeploymentFailed
    | UpdateCompleted
    | UpdateFailed
    | ActionCompleted
    | ActionFailed
    | DeploymentDeleted
    | DeletionFailed
)
Order: TypeAlias = StartTrial | CleanUpTrial | ChangeInfrastructure | PerformAction
Command: TypeAlias = Order | WakeAt | Announcement


class Patience(NamedTuple):
    """How long the saga waits where the user said nothing."""

    ranking: timedelta = timedelta(minutes=10)
    trial: timedelta = timedelta(hours=4)
    cleaning: timedelta = timedelta(hours=1)


class Decision(NamedTuple):
    """The next state and what to do, in order."""

    state: State
    commands: tuple[Command, ...] = ()
