"""How the attempts to place a deployment are going. Topic `deployments`, keyed by deployment."""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from shared.contracts.message import Message
from shared.contracts.topology import Json
from shared.contracts.vocabulary import (
    ActionId,
    BackendName,
    Cause,
    DeploymentId,
    NodeState,
    Revision,
    ServiceId,
    SiteId,
    TrialNo,
    Value,
)


class TrialOutcome(StrEnum):
    """What became of a trial so far."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    KEPT = "kept"
    CLEANED = "cleaned"
    STUCK = "stuck"


class TrialBrief(Value):
    """One trial in a line: where, how it ended, and why."""

    trial: TrialNo
    site: SiteId
    service: ServiceId
    backend: BackendName
    outcome: TrialOutcome
    cause: Cause | None = None
    sentence: str = ""


class Resource(Value):
    """One thing that stands at the site for a node of the topology."""

    node: str
    type: str
    external_id: str
    state: NodeState = NodeState.STARTED
    attributes: dict[str, Json] = Field(default_factory=dict)


class NodeProgress(Value):
    """The state of one node of the topology at the site."""

    node: str
    state: NodeState


class TrialMessage(Message):
    """Anything told about one trial of one deployment."""

    deployment_id: DeploymentId
    trial: TrialNo

    @property
    def key(self) -> str:
        """The deployment's id: a trial's story is part of its deployment's."""
        return self.deployment_id


class TrialStarted(TrialMessage):
    """The saga chose a site and told its backend to begin."""

    revision: Revision
    site: SiteId
    service: ServiceId
    backend: BackendName
    service_type: str
    endpoint: str
    region: str | None = None
    deadline: AwareDatetime


class TrialProgressed(TrialMessage):
    """The backend sees movement at the site."""

    external_id: str | None = None
    message: str = ""
    nodes: tuple[NodeProgress, ...] = ()


class TrialSucceeded(TrialMessage):
    """All that the topology asked for stands."""

    external_id: str
    outputs: dict[str, Json] = Field(default_factory=dict)
    resources: tuple[Resource, ...] = ()


class TrialFailed(TrialMessage):
    """The trial came to nothing. A `site_fault` moves on to the next site, any other stops the deployment."""

    cause: Cause
    sentence: str
    site_fault: bool
    detail: str = ""


class TrialChanged(TrialMessage):
    """What the trial made is now as this revision asks."""

    revision: Revision
    outputs: dict[str, Json] = Field(default_factory=dict)
    resources: tuple[Resource, ...] = ()


class TrialChangeFailed(TrialMessage):
    """What the trial made could not be made what this revision asks; it still stands."""

    revision: Revision
    cause: Cause
    sentence: str
    detail: str = ""


class TrialActed(TrialMessage):
    """The action is done; the resources are as they are after it."""

    action_id: ActionId
    resources: tuple[Resource, ...] = ()


class TrialActionFailed(TrialMessage):
    """The action could not be done."""

    action_id: ActionId
    sentence: str


class TrialCleaned(TrialMessage):
    """Nothing that the trial made exists any more; the backend looked."""


class CleanUpStuck(TrialMessage):
    """What the trial made could not be removed for now; the backend goes on trying, an operator may help."""

    sentence: str
    remains: tuple[str, ...] = ()
