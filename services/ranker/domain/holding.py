"""What one deployment holds, or might come to hold, at one candidate of its ranking."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.ranker.domain.amounts import Amounts
from services.ranker.domain.held import Account
from services.ranker.domain.offer import Place
from shared.contracts.deployments import DeploymentCompleted, DeploymentDeleted, DeploymentFailed
from shared.contracts.trials import TrialCleaned, TrialFailed, TrialStarted, TrialSucceeded
from shared.contracts.vocabulary import AgreementId, DeploymentId, Revision, ServiceId, SiteId, TrialNo

Key = tuple[DeploymentId, Revision, SiteId, ServiceId]
"""What there is one holding of."""


class HoldingState(StrEnum):
    """How firmly it is held. Only `OFFERED` holds nothing."""

    OFFERED = "offered"
    MEANT = "meant"
    RUNNING = "running"
    STANDING = "standing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Holding:
    """A candidate of a ranking and what the deployment takes there; `since` is when it came into its state.

    `owner` is the user in one text; `sort` is the class of its topology, by which experience is kept.
    """

    deployment: DeploymentId
    revision: Revision
    site: SiteId
    service: ServiceId
    agreement: AgreementId
    takes: Amounts
    state: HoldingState
    since: datetime
    trial: TrialNo | None = None
    project: str = ""
    owner: str = ""
    sort: str = ""

    @property
    def place(self) -> Place:
        """Where it is held."""
        return (self.site, self.service)

    @property
    def account(self) -> Account:
        """Whose room it takes."""
        return Account(self.site, self.service, self.agreement, self.project)

    @property
    def key(self) -> Key:
        """What there is one holding of."""
        return (self.deployment, self.revision, self.site, self.service)

    @property
    def is_held(self) -> bool:
        """Whether others must do without."""
        return self.state is not HoldingState.OFFERED

    def seen_by(self, counted_at: datetime | None) -> bool:
        """Whether a count of usage made then must have seen it."""
        return self.state is HoldingState.STANDING and counted_at is not None and self.since <= counted_at


Turn = (
    TrialStarted
    | TrialSucceeded
    | TrialFailed
    | TrialCleaned
    | DeploymentCompleted
    | DeploymentFailed
    | DeploymentDeleted
)
"""What turns the fate of a deployment's holdings."""


def follow(holding: Holding, turn: Turn, at: datetime) -> Holding | None:
    """What becomes of a holding when `turn` is told of its deployment; nothing, when it is over.

    A failed trial holds what it took until it is verified clean: the site still counts it.
    """
    state, own = holding.state, isinstance(turn, _OF_TRIAL) and turn.trial == holding.trial
    match turn:
        case TrialStarted() if (turn.revision, turn.site, turn.service) == holding.key[1:]:
            return replace(holding, state=HoldingState.RUNNING, since=at, trial=turn.trial)
        case TrialStarted() if state is HoldingState.MEANT:
            return replace(holding, state=HoldingState.OFFERED, since=at)
        case TrialSucceeded() if own and state is HoldingState.RUNNING:
            return replace(holding, state=HoldingState.STANDING, since=at)
        case TrialFailed() if own and state is HoldingState.RUNNING:
            return replace(holding, state=HoldingState.FAILED, since=at)
        case TrialCleaned() if own:
            return None
        case DeploymentCompleted() | DeploymentFailed() if state in (HoldingState.OFFERED, HoldingState.MEANT):
            return None
        case DeploymentDeleted():
            return None
        case _:
            return holding


_OF_TRIAL = (TrialSucceeded, TrialFailed, TrialCleaned)
