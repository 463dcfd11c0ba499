"""Which sites may and can run a deployment, in what order, and why. Topics `deployments` and `plans`."""

from pydantic import Field

from shared.contracts.message import Message
from shared.contracts.topology import NetworkKind, Topology
from shared.contracts.vocabulary import (
    AgreementId,
    BackendName,
    DeploymentId,
    PlanId,
    Principal,
    RankingId,
    Revision,
    Seconds,
    ServiceId,
    Share,
    SiteId,
    Value,
    Wishes,
)


class NodePlacement(Value):
    """What a compute node becomes at a site: the site's own ids of image and flavour."""

    node: str
    image: str | None = None
    image_user: str | None = None
    flavour: str | None = None


class NetworkPlacement(Value):
    """Which of the site's networks serves a kind of network that the topology asks for."""

    kind: NetworkKind
    network: str
    cidr: str | None = None
    proxy_host: str | None = None
    proxy_user: str | None = None


class VolumePlacement(Value):
    """Which of the site's volume types serves a volume node that asks for one."""

    node: str
    type: str


class QuotaLine(Value):
    """One quantity of the account a deployment would be on: `free` is what would be left. Absent is unlimited.

    Memory is megabytes, disk gigabytes; `of` says whose limit it is: the service's, the project's, the agreement's.
    """

    quantity: str
    of: str
    limit: float | None = None
    used: float = 0
    to_use: float = 0
    free: float | None = None


class ScoreTerm(Value):
    """One number of the arithmetic with the sentence that says where it comes from."""

    name: str
    value: float
    sentence: str = ""


class Score(Value):
    """Why a candidate stands where it stands: the index is success probability over expected seconds, highest first."""

    index: float
    success: Share
    expected: Seconds
    terms: tuple[ScoreTerm, ...] = ()


class FactAge(Value):
    """How old a fact was when it was used: `fact` is site, agreement or observation."""

    fact: str
    age: Seconds | None = None


class Candidate(Value):
    """A service of a site that may and can run the deployment, with all its backend must know to begin.

    `credentials_required`: it is used with an account of the user's own there. `patience` is how long a trial there is
    given, as learned from earlier ones. `counterfactual` says what would have
    to be different for it to be first.
    """

    site: SiteId
    service: ServiceId
    backend: BackendName
    service_type: str
    endpoint: str
    region: str | None = None
    agreement: AgreementId
    nodes: tuple[NodePlacement, ...] = ()
    networks: tuple[NetworkPlacement, ...] = ()
    volumes: tuple[VolumePlacement, ...] = ()
    project: str | None = None
    settings: dict[str, str] = Field(default_factory=dict)
    credentials_required: bool = False
    score: Score
    ages: tuple[FactAge, ...] = ()
    quota: tuple[QuotaLine, ...] = ()
    patience: Seconds | None = None
    counterfactual: str = ""


class Rejection(Value):
    """Why a service of a site cannot run the deployment: the filter's name, what was needed, what there is.

    `counterfactual` says what would have to be different for it to pass.
    """

    site: SiteId
    service: ServiceId
    filter: str
    needed: str
    available: str
    sentence: str
    counterfactual: str = ""


class RankingMessage(Message):
    """The answer of the ranker to one request."""

    deployment_id: DeploymentId
    revision: Revision
    ranking_id: RankingId
    strategy: str
    ranker_version: str
    rejected: tuple[Rejection, ...] = ()

    @property
    def key(self) -> str:
        """The deployment's id."""
        return self.deployment_id


class SitesRanked(RankingMessage):
    """At least one site can run the deployment; the best comes first."""

    candidates: tuple[Candidate, ...]


class NoSiteFits(RankingMessage):
    """No site can run the deployment; `rejected` has a reason for each."""


class PlanMessage(Message):
    """Anything told about one plan: a ranking that is asked for before anything is deployed. Nothing is held for it."""

    plan_id: PlanId

    @property
    def key(self) -> str:
        """The plan's id."""
        return self.plan_id


class PlanRequested(PlanMessage):
    """A user wants to know where a template could run."""

    owner: Principal
    user_group: str | None = None
    topology: Topology
    wishes: Wishes = Wishes()


class PlanRanked(PlanMessage):
    """The ranker's answer at that moment; without candidates no site fits."""

    ranking_id: RankingId
    strategy: str
    ranker_version: str
    candidates: tuple[Candidate, ...] = ()
    rejected: tuple[Rejection, ...] = ()
