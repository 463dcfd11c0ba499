"""Things of the language with defaults that fit together; a test says only what matters to it.

A request of deployment `d-1` for one small VM, the site `cineca` that can run it, the agreement that lets it, and the
candidate that a ranker would make of the three.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from shared.contracts.agreements import AgreementChanged, AgreementState
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.envelope import Envelope
from shared.contracts.message import Message
from shared.contracts.ranking import Candidate, NetworkPlacement, NodePlacement, Score
from shared.contracts.sites import Flavour, Image, Network, OfferedService, Quantities, ServiceStatus, SiteDescribed
from shared.contracts.topology import ComputeNeeds, ImageNeeds, NetworkKind, Node, Topology, TopologyKind
from shared.contracts.vocabulary import (
    AgreementId,
    BackendName,
    CredentialRef,
    DeploymentId,
    Limits,
    Principal,
    Revision,
    ServiceId,
    SiteId,
    Wishes,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ISSUER = "https://iam.example.org/"
GROUP = "biomed"


def a_compute_node(  # one keyword per fact, here and below
    name: str = "server",
    *,
    cpus: float | None = 2,
    memory: int | None = 4096,
    gpus: int = 0,
    image: ImageNeeds | None = None,
    count: int = 1,
    public_address: bool = False,
) -> Node:
    """A virtual machine of a topology."""
    needs = ComputeNeeds(
        cpus=cpus,
        memory=memory,
        gpus=gpus,
        image=image or ImageNeeds(distribution="ubuntu"),
        public_address=public_address,
    )
    return Node(
        name=name, type="tosca.nodes.indigo.Compute", ancestors=("tosca.nodes.Compute",), count=count, compute=needs
    )


def a_topology(
    *nodes: Node, kind: TopologyKind = TopologyKind.INFRASTRUCTURE, secret_inputs: Iterable[str] = ()
) -> Topology:
    """What a template asks for: one small VM unless told otherwise."""
    return Topology(
        kind=kind,
        definitions_version="tosca_simple_yaml_1_0",
        catalogue="sha256:0",
        nodes=nodes or (a_compute_node(),),
        secret_inputs=tuple(secret_inputs),
    )


def a_request(
    deployment: str = "d-1",
    *,
    revision: int = 1,
    topology: Topology | None = None,
    template: str = "tosca_definitions_version: tosca_simple_yaml_1_0\n",
    group: str | None = GROUP,
    owner: str = "ada",
    limits: Limits | None = None,
    wishes: Wishes | None = None,
) -> DeploymentRequested:
    """A user asks for a small VM."""
    return DeploymentRequested(
        deployment_id=DeploymentId(deployment),
        revision=Revision(revision),
        owner=Principal(issuer=ISSUER, subject=owner),
        user_group=group,
        credential=CredentialRef(f"cred-{deployment}"),
        topology=topology or a_topology(),
        template=template,
        limits=limits or Limits(),
        wishes=wishes or Wishes(),
    )


def a_service(
    id: str = "cineca-compute",
    *,
    backend: str = "im",
    kinds: Iterable[TopologyKind] = (TopologyKind.INFRASTRUCTURE,),
    endpoint: str = "https://cloud.cineca.example.org:5000/v3",
    status: ServiceStatus = ServiceStatus.ACTIVE,
    images: Iterable[Image] = (Image(id="img-1", name="ubuntu-22.04", distribution="ubuntu", version="22.04"),),
    flavours: Iterable[Flavour] = (Flavour(id="m1.medium", name="medium", cpus=2, memory=4096, disk=20),),
    networks: Iterable[Network] = (Network(id="net-pub", name="public", kind=NetworkKind.PUBLIC),),
    quota: Quantities | None = None,
) -> OfferedService:
    """A service of a site that takes what `a_request` asks for."""
    return OfferedService(
        id=ServiceId(id),
        type="org.openstack.nova",
        backend=BackendName(backend),
        kinds=tuple(kinds),
        endpoint=endpoint,
        status=status,
        images=tuple(images),
        flavours=tuple(flavours),
        networks=tuple(networks),
        quota=quota or Quantities(),
    )


def a_site(site: str = "cineca", *services: OfferedService, issuers: Iterable[str] = (ISSUER,)) -> SiteDescribed:
    """A site that can run what `a_request` asks for, with a service `<site>-compute` unless told otherwise."""
    offered = services or (a_service(f"{site}-compute"),)
    return SiteDescribed(site=SiteId(site), name=site.upper(), country="IT", issuers=tuple(issuers), services=offered)


def an_agreement(
    site: str = "cineca",
    *,
    group: str = GROUP,
    state: AgreementState = AgreementState.ACTIVE,
    starts: datetime = NOON - timedelta(days=30),
    ends: datetime | None = None,
    services: Iterable[str] = (),
    limits: Quantities | None = None,
    priority: int = 0,
) -> AgreementChanged:
    """The group of `a_request` may use the site."""
    return AgreementChanged(
        agreement=AgreementId(f"sla-{site}-{group}"),
        site=SiteId(site),
        group=group,
        services=tuple(ServiceId(service) for service in services),
        state=state,
        starts=starts,
        ends=ends,
        limits=limits or Quantities(),
        priority=priority,
    )


def a_candidate(
    site: str = "cineca", *, backend: str = "im", endpoint: str | None = None, index: float = 0.5, **settings: str
) -> Candidate:
    """The place a ranker makes of `a_site` and `an_agreement`; other keywords are the service's settings."""
    return Candidate(
        site=SiteId(site),
        service=ServiceId(f"{site}-compute"),
        backend=BackendName(backend),
        service_type="org.openstack.nova",
        endpoint=endpoint or f"https://cloud.{site}.example.org:5000/v3",
        agreement=AgreementId(f"sla-{site}-{GROUP}"),
        nodes=(NodePlacement(node="server", image="img-1", flavour="m1.medium"),),
        networks=(NetworkPlacement(kind=NetworkKind.PUBLIC, network="net-pub"),),
        settings=settings,
        score=Score(index=index, success=0.9, expected=300),
    )


def an_envelope(
    body: Message, *, id: str = "m-1", at: datetime = NOON, source: str = "test", cause: str | None = None
) -> Envelope:
    """A message as it was told."""
    return Envelope(id=id, source=source, time=at, body=body, cause=cause)
