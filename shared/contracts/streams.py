"""One table: what travels where, in what order, for how long, and who says it."""

from dataclasses import dataclass
from datetime import timedelta

from shared.contracts.agreements import AgreementChanged
from shared.contracts.audit import AuditRecorded
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
from shared.contracts.message import Message
from shared.contracts.ranking import NoSiteFits, PlanRanked, PlanRequested, SitesRanked
from shared.contracts.sites import SiteDescribed, SiteObserved, SiteWithdrawn
from shared.contracts.trials import (
    CleanUpStuck,
    TrialActed,
    TrialActionFailed,
    TrialChanged,
    TrialChangeFailed,
    TrialCleaned,
    TrialFailed,
    TrialProgressed,
    TrialStarted,
    TrialSucceeded,
)

DEAD_SUFFIX = ".dead"
MAX_EVENT_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Stream:
    """A topic: its key, the messages it may carry with who says them, and how it is kept."""

    topic: str
    key: str
    members: dict[type[Message], str]
    partitions: int = 6
    compacted: bool = False
    retention: timedelta = timedelta(days=28)

    @property
    def dead(self) -> str:
        """The topic for what could not be read or handled."""
        return self.topic + DEAD_SUFFIX


DEPLOYMENTS = Stream(
    topic="deployments",
    key="deployment id",
    members={
        DeploymentRequested: "gateway",
        UpdateRequested: "gateway",
        DeletionRequested: "gateway",
        ActionRequested: "gateway",
        ResetRequested: "gateway",
        CredentialLost: "gateway",
        CredentialRestored: "gateway",
        SitesRanked: "ranker",
        NoSiteFits: "ranker",
        TrialStarted: "deployer",
        TrialProgressed: "deployer",
        TrialSucceeded: "deployer",
        TrialFailed: "deployer",
        TrialChanged: "deployer",
        TrialChangeFailed: "deployer",
        TrialActed: "deployer",
        TrialActionFailed: "deployer",
        TrialCleaned: "deployer",
        CleanUpStuck: "deployer",
        DeploymentCompleted: "deployer",
        DeploymentFailed: "deployer",
        UpdateCompleted: "deployer",
        UpdateFailed: "deployer",
        ActionCompleted: "deployer",
        ActionFailed: "deployer",
        DeploymentDeleted: "deployer",
        DeletionFailed: "deployer",
    },
)
PLANS = Stream(
    topic="plans",
    key="plan id",
    members={PlanRequested: "gateway", PlanRanked: "ranker"},
    retention=timedelta(days=1),
)
AUDIT = Stream(
    topic="audit",
    key="what it was done to",
    members={AuditRecorded: "gateway"},
    partitions=1,
    retention=timedelta(days=366),
)
SITES = Stream(
    topic="federation.sites",
    key="site id",
    members={SiteDescribed: "cmdb", SiteWithdrawn: "cmdb"},
    partitions=1,
    compacted=True,
)
AGREEMENTS = Stream(
    topic="federation.agreements",
    key="agreement id",
    members={AgreementChanged: "slam"},
    partitions=1,
    compacted=True,
)
OBSERVATIONS = Stream(
    topic="federation.observations",
    key="site/service/collector",
    members={SiteObserved: "monitoring"},
    partitions=1,
    compacted=True,
)

STREAMS = (DEPLOYMENTS, PLANS, AUDIT, SITES, AGREEMENTS, OBSERVATIONS)
