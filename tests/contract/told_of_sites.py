"""The parts that golden messages share, and the messages about sites, agreements, observations and rankings."""

from datetime import UTC, datetime

from shared.contracts.message import Message
from shared.contracts.ranking import (
    Candidate,
    FactAge,
    NetworkPlacement,
    NodePlacement,
    NoSiteFits,
    Rejection,
    Score,
    ScoreTerm,
    SitesRanked,
)
from shared.contracts.sites import (
    AgreementChanged,
    AgreementState,
    Flavour,
    Image,
    Network,
    OfferedService,
    Quantities,
    ServiceStatus,
    SiteDescribed,
    SiteObserved,
    SiteWithdrawn,
)
from shared.contracts.topology import (
    ComputeNeeds,
    Connection,
    ImageNeeds,
    NetworkKind,
    Node,
    Output,
    PlacementPolicy,
    Topology,
    TopologyKind,
    VolumeNeeds,
)
from shared.contracts.trials import Resource, TrialBrief, TrialOutcome
from shared.contracts.vocabulary import (
    AgreementId,
    BackendName,
    Cause,
    CredentialRef,
    DeploymentId,
    NodeState,
    Principal,
    RankingId,
    Revision,
    ServiceId,
    SiteId,
    TrialNo,
)

DEPLOYMENT = DeploymentId("11ef-d1")
CREDENTIAL = CredentialRef("cred-5")
OWNER = Principal(issuer="https://iam.example.org/", subject="ada")
CINECA, COMPUTE, IM, SLA = SiteId("cineca"), ServiceId("cineca-compute"), BackendName("im"), AgreementId("sla-1")
AMOUNTS = Quantities(cpus=64, memory=262144, instances=20, disk=2000, gpus=4, public_addresses=5)

TRIAL = TrialBrief(
    trial=TrialNo(1),
    site=CINECA,
    service=COMPUTE,
    backend=IM,
    outcome=TrialOutcome.CLEANED,
    cause=Cause.CAPACITY,
    sentence="The site has no host for it.",
)
RESOURCE = Resource(
    node="server",
    type="tosca.nodes.indigo.Compute",
    external_id="vm-0",
    state=NodeState.CONFIGURED,
    attributes={"private_address": ["10.0.0.4"]},
)
CANDIDATE = Candidate(
    site=CINECA,
    service=COMPUTE,
    backend=IM,
    service_type="org.openstack.nova",
    endpoint="https://cloud.cineca.example.org:5000/v3",
    region="bologna",
    agreement=SLA,
    nodes=(NodePlacement(node="server", image="img-1", image_user="ubuntu", flavour="m1.medium"),),
    networks=(NetworkPlacement(kind=NetworkKind.PUBLIC, network="net-pub"),),
    settings={"domain": "default"},
    score=Score(
        index=0.003,
        success=0.9,
        expected=300,
        terms=(ScoreTerm(name="prior", value=0.9, sentence="Nothing is known of this site."),),
    ),
    ages=(FactAge(fact="observation", age=41.5),),
)
TOPOLOGY = Topology(
    kind=TopologyKind.INFRASTRUCTURE,
    definitions_version="tosca_simple_yaml_1_0",
    catalogue="sha256:4f1c",
    nodes=(
        Node(
            name="server",
            type="tosca.nodes.indigo.Compute",
            ancestors=("tosca.nodes.Compute", "tosca.nodes.Root"),
            properties={"os_users": [{"os_user_name": "ada"}]},
            capabilities={"endpoint": {"ports": {"http": {"source": 80}}}},
            connections=(
                Connection(
                    requirement="local_storage",
                    target="disk",
                    relationship="tosca.relationships.AttachesTo",
                    capability="tosca.capabilities.Attachment",
                    properties={"location": "/mnt"},
                ),
            ),
            host="rack",
            count=2,
            compute=ComputeNeeds(
                cpus=2,
                memory=4096,
                disk=20,
                gpus=1,
                gpu_vendor="NVIDIA",
                gpu_model="A100",
                infiniband=True,
                instance_type="gpu.large",
                image=ImageNeeds(
                    image="ubuntu-22.04",
                    architecture="x86_64",
                    type="linux",
                    distribution="ubuntu",
                    version="22.04",
                    gpu_driver=True,
                    cuda_support=True,
                ),
                public_address=True,
            ),
            volume=VolumeNeeds(size=50),
            network=NetworkKind.PRIVATE,
            path=("topology_template", "node_templates", "server", 0),
        ),
    ),
    outputs=(Output(name="ip", value={"get_attribute": ["server", "public_address", 0]}, description="Its address."),),
    policies=(
        PlacementPolicy(
            name="at_cineca", type="tosca.policies.indigo.SlaPlacement", targets=("server",), properties={"sla_id": "1"}
        ),
    ),
    inputs={"cpus": 2},
    secret_inputs=("admin_password",),
)
REJECTION = Rejection(
    site=SiteId("recas"),
    service=ServiceId("recas-compute"),
    filter="free-quota",
    needed="4 cpus",
    available="2 cpus",
    sentence="ReCaS has 2 cpus left of the 4 that are needed.",
)

SITE_MESSAGES: tuple[Message, ...] = (
    SitesRanked(
        deployment_id=DEPLOYMENT,
        revision=Revision(3),
        ranking_id=RankingId("rank-8"),
        strategy="success-per-second",
        ranker_version="0.1.0",
        rejected=(REJECTION,),
        candidates=(CANDIDATE,),
    ),
    NoSiteFits(
        deployment_id=DEPLOYMENT,
        revision=Revision(3),
        ranking_id=RankingId("rank-8"),
        strategy="success-per-second",
        ranker_version="0.1.0",
        rejected=(REJECTION,),
    ),
    SiteDescribed(
        site=CINECA,
        name="CINECA",
        country="IT",
        issuers=("https://iam.example.org/",),
        services=(
            OfferedService(
                id=COMPUTE,
                type="org.openstack.nova",
                backend=IM,
                kinds=(TopologyKind.INFRASTRUCTURE,),
                endpoint="https://cloud.cineca.example.org:5000/v3",
                region="bologna",
                status=ServiceStatus.LIMITED,
                images=(
                    Image(
                        id="img-1",
                        name="ubuntu-22.04",
                        architecture="x86_64",
                        type="linux",
                        distribution="ubuntu",
                        version="22.04",
                        gpu_driver=True,
                        cuda_support=True,
                        user="ubuntu",
                    ),
                ),
                flavours=(
                    Flavour(
                        id="gpu.large",
                        name="large",
                        cpus=8,
                        memory=16384,
                        disk=40,
                        gpus=1,
                        gpu_vendor="NVIDIA",
                        gpu_model="A100",
                        infiniband=True,
                    ),
                ),
                networks=(Network(id="net-pub", name="public", kind=NetworkKind.PUBLIC),),
                quota=AMOUNTS,
                settings={"domain": "default"},
            ),
        ),
    ),
    SiteWithdrawn(site=CINECA),
    AgreementChanged(
        agreement=SLA,
        site=CINECA,
        group="biomed",
        issuer="https://iam.example.org/",
        services=(COMPUTE,),
        state=AgreementState.SUSPENDED,
        starts=datetime(2026, 1, 1, tzinfo=UTC),
        ends=datetime(2027, 1, 1, tzinfo=UTC),
        limits=AMOUNTS,
        priority=10,
    ),
    SiteObserved(
        site=CINECA,
        service=COMPUTE,
        collector="probe",
        observed_at=datetime(2026, 3, 2, 11, 59, tzinfo=UTC),
        available=True,
        latency_ms=41.5,
        used=AMOUNTS,
        sentence="Answered in 41.5 ms.",
    ),
)
