"""What users ask for, and what becomes of it. Topic `deployments`, told in order per deployment."""

from pydantic import Field

from shared.contracts.message import Message
from shared.contracts.topology import Json, Topology
from shared.contracts.trials import Resource, TrialBrief
from shared.contracts.vocabulary import (
    Action,
    ActionId,
    Cause,
    CredentialRef,
    DeploymentId,
    Limits,
    Principal,
    Revision,
    Wishes,
)


class DeploymentMessage(Message):
    """Anything told about one deployment."""

    deployment_id: DeploymentId

    @property
    def key(self) -> str:
        """The deployment's id."""
        return self.deployment_id


class DeploymentRequested(DeploymentMessage):
    """A user asked for a deployment and the gateway accepted it. `template` is the text with its inputs filled in."""

    revision: Revision
    owner: Principal
    user_group: str | None = None
    credential: CredentialRef
    topology: Topology
    template: str
    limits: Limits = Limits()
    wishes: Wishes = Wishes()


class UpdateRequested(DeploymentMessage):
    """The owner asked for a standing deployment to become what this template says; the site stays."""

    revision: Revision
    owner: Principal
    user_group: str | None = None
    credential: CredentialRef
    topology: Topology
    template: str
    limits: Limits = Limits()
    requested_by: Principal


class DeletionRequested(DeploymentMessage):
    """A user asked for a deployment to be removed; `force` gives up what cannot be removed properly."""

    requested_by: Principal
    credential: CredentialRef
    force: bool = False


class ActionRequested(DeploymentMessage):
    """A user asked for something to be done to machines of a standing deployment; `machines` are the site's ids."""

    action_id: ActionId
    action: Action
    machines: tuple[str, ...]
    requested_by: Principal
    credential: CredentialRef


class ResetRequested(DeploymentMessage):
    """A user no longer waits for a deletion that does not come to an end; the sites go on trying."""

    requested_by: Principal


class CredentialLost(DeploymentMessage):
    """Nobody can act for the owner any more: what needs the owner's right waits until it is given again."""

    sentence: str


class CredentialRestored(DeploymentMessage):
    """The owner's right to act is there again, under this reference."""

    credential: CredentialRef


class DeploymentCompleted(DeploymentMessage):
    """The deployment stands at the site of its last trial."""

    revision: Revision
    outputs: dict[str, Json] = Field(default_factory=dict)
    resources: tuple[Resource, ...] = ()
    trials: tuple[TrialBrief, ...]


class DeploymentFailed(DeploymentMessage):
    """No site could run the deployment; nothing of it is left but what `keep_last` or a stuck clean-up left."""

    revision: Revision
    cause: Cause
    sentence: str
    trials: tuple[TrialBrief, ...] = ()


class UpdateCompleted(DeploymentMessage):
    """The deployment stands as the update asked."""

    revision: Revision
    outputs: dict[str, Json] = Field(default_factory=dict)
    resources: tuple[Resource, ...] = ()


class UpdateFailed(DeploymentMessage):
    """The update came to nothing, or to a part of it; what stood before is not removed."""

    revision: Revision
    cause: Cause
    sentence: str


class ActionCompleted(DeploymentMessage):
    """What was asked for is done; the resources are as they are after it."""

    action_id: ActionId
    action: Action
    machines: tuple[str, ...] = ()
    resources: tuple[Resource, ...] = ()


class ActionFailed(DeploymentMessage):
    """What was asked for could not be done."""

    action_id: ActionId
    action: Action
    machines: tuple[str, ...] = ()
    sentence: str


class DeploymentDeleted(DeploymentMessage):
    """Nothing of the deployment exists any more, verified at every site that was tried."""

    trials: tuple[TrialBrief, ...] = ()


class DeletionFailed(DeploymentMessage):
    """The deployment could not be removed; `remains` says what is left and where."""

    sentence: str
    remains: tuple[str, ...] = ()
    trials: tuple[TrialBrief, ...] = ()
