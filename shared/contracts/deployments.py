"""What users ask for, and what becomes of it. Topic `deployments`, told in order per deployment."""

from pydantic import Field

from shared.contracts.message import Message
from shared.contracts.topology import Json, Topology
from shared.contracts.trials import Resource, TrialBrief
from shared.contracts.vocabulary import (
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


class DeletionRequested(DeploymentMessage):
    """A user asked for a deployment to be removed; `force` gives up what cannot be removed properly."""

    requested_by: Principal
    credential: CredentialRef
    force: bool = False


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


class DeploymentDeleted(DeploymentMessage):
    """Nothing of the deployment exists any more, verified at every site that was tried."""

    trials: tuple[TrialBrief, ...] = ()


class DeletionFailed(DeploymentMessage):
    """The deployment could not be removed; `remains` says what is left and where."""

    sentence: str
    remains: tuple[str, ...] = ()
    trials: tuple[TrialBrief, ...] = ()
