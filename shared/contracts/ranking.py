"""Which sites may and can run a deployment, in what order, and why. Topic `deployments`."""

from pydantic import Field

from shared.contracts.message import Message
from shared.contracts.topology import NetworkKind
from shared.contracts.vocabulary import (
    AgreementId,
    BackendName,
    DeploymentId,
    RankingId,
    Revision,
    Seconds,
    ServiceId,
    Share,
    SiteId,
    Value,
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
    """A service of a site that may and can run the deployment, with all its backend must know to begin."""

    site: SiteId
    service: ServiceId
    backend: BackendName
    service_type: str
    endpoint: str
    region: str | None = None
    agreement: AgreementId
    nodes: tuple[NodePlacement, ...] = ()
    networks: tuple[NetworkPlacement, ...] = ()
    settings: dict[str, str] = Field(default_factory=dict)
    score: Score
    ages: tuple[FactAge, ...] = ()


class Rejection(Value):
    """Why a service of a site cannot run the deployment: the filter's name, what was needed, what there is."""

    site: SiteId
    service: ServiceId
    filter: str
    needed: str
    available: str
    sentence: str


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
