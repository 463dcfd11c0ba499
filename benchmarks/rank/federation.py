"""A grown federation: sites that differ in what they offer, groups that may use few or all of them."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from services.ranker.domain.amounts import Amounts
from services.ranker.domain.books import Recalled
from services.ranker.domain.experience import EVERY_SORT, EVERYWHERE, Experience
from services.ranker.domain.federation import Federation
from services.ranker.domain.held import Account
from shared.contracts.agreements import AgreementChanged, AgreementState
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.envelope import Envelope
from shared.contracts.message import Message
from shared.contracts.sites import (
    Flavour,
    Health,
    Image,
    Network,
    OfferedService,
    Quantities,
    SiteDescribed,
    SiteObserved,
)
from shared.contracts.topology import (
    ComputeNeeds,
    ImageNeeds,
    NetworkKind,
    Node,
    Topology,
    TopologyKind,
    VolumeNeeds,
)
from shared.contracts.vocabulary import (
    AgreementId,
    BackendName,
    CredentialRef,
    DeploymentId,
    Principal,
    Revision,
    ServiceId,
    SiteId,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ISSUER = "https://iam.example.org/"
SITES, SERVICES = 1000, 20
DISTRIBUTIONS = ("ubuntu", "debian", "rocky", "almalinux", "centos")
CORES = (1, 2, 4, 8, 16, 32, 64)
GROUPS = 5


def grown(share: float, seed: int = 1) -> Federation:
    """The federation where so large a share of the sites has agreements with each of the groups."""
    chance, federation = random.Random(seed), Federation()
    for number, fact in enumerate(_facts(chance, share)):
        told = NOON - timedelta(minutes=chance.randrange(60))
        federation.fold(Envelope(id=f"fact-{number}", source="bench", time=told, body=fact))
    return federation


def observed_anew(federation: Federation) -> None:
    """Every service of one site is seen again."""
    chance, site = random.Random(), SiteId("site-0003")
    for one in range(SERVICES):
        federation.fold(Envelope(id=str(chance.random()), source="bench", time=NOON, body=_seen(chance, site, one)))


def described_anew(federation: Federation) -> None:
    """One site is told anew."""
    chance = random.Random()
    body = _site(chance, 3)
    federation.fold(Envelope(id=str(chance.random()), source="bench", time=NOON, body=body))


def used(federation: Federation) -> Recalled:
    """What the ranker would remember if every tenth service were in use, with experience of two sorts of topology."""
    places = [offer.place for _, offers in federation.offers() for offer in offers][::10]
    accounts = {Account(*place, AgreementId(f"sla-{place[0]}-0")): Amounts(cpus=8, instances=4) for place in places}
    known = Experience(succeeded=5, failed=1, recent=0.2, log_good=6, spread=0.1, log_bad=4, at=NOON.timestamp())
    sorts = (EVERY_SORT, "infrastructure/one", "infrastructure/few")
    experience = {(place, sort): known for place in (EVERYWHERE, *places) for sort in sorts}
    return Recalled(accounts=accounts, experience=experience)


def request(number: int) -> DeploymentRequested:
    """A request like no other: its group, and how much it asks for, go by its number."""
    chance = random.Random(number)
    server = Node(
        name="server",
        type="tosca.nodes.indigo.Compute",
        count=1 + number % 3,
        compute=ComputeNeeds(
            cpus=chance.choice((1, 2, 3, 4)),
            memory=chance.randrange(1000, 9000),
            image=ImageNeeds(distribution="ubuntu"),
            public_address=True,
        ),
    )
    disk = Node(name="disk", type="tosca.nodes.BlockStorage", volume=VolumeNeeds(size=chance.randrange(1, 100)))
    return DeploymentRequested(
        deployment_id=DeploymentId(f"d-{number}"),
        revision=Revision(1),
        owner=Principal(issuer=ISSUER, subject=f"user-{number % 50}"),
        user_group=f"group-{number % GROUPS}",
        credential=CredentialRef("none"),
        topology=Topology(
            kind=TopologyKind.INFRASTRUCTURE,
            definitions_version="tosca_simple_yaml_1_0",
            catalogue="sha256:0",
            nodes=(server, disk),
        ),
        template="",
    )


def _facts(chance: random.Random, share: float) -> Iterator[Message]:
    for number in range(SITES):
        site = SiteId(f"site-{number:04}")
        yield _site(chance, number)
        for one in range(SERVICES):
            yield _seen(chance, site, one)
        if number < share * SITES:
            yield from (_agreement(chance, site, group) for group in range(GROUPS))


def _site(chance: random.Random, number: int) -> SiteDescribed:
    site = SiteId(f"site-{number:04}")
    return SiteDescribed(
        site=site,
        name=f"Site {number}",
        issuers=(ISSUER,),
        services=tuple(_service(chance, site, one) for one in range(SERVICES)),
    )


def _service(chance: random.Random, site: SiteId, number: int) -> OfferedService:
    sizes = sorted(chance.sample(CORES, 6))
    return OfferedService(
        id=ServiceId(f"{site}-{number:02}"),
        type=chance.choice(("org.openstack.nova", "eu.otc.compute")),
        backend=BackendName("im"),
        kinds=(TopologyKind.INFRASTRUCTURE,),
        endpoint=f"https://{site}.example.org/{number}",
        region=f"region-{number % 4}",
        images=tuple(
            Image(id=f"i{one}", name=f"{name}-{one}", distribution=name, version=f"{20 + one}.04", type="linux")
            for one, name in enumerate(("ubuntu", *chance.sample(DISTRIBUTIONS, 4)))
        ),
        flavours=tuple(
            Flavour(id=f"f{cores}", name=f"m{cores}", cpus=cores, memory=cores * chance.choice((2048, 4096)), disk=20)
            for cores in sizes
        ),
        networks=(
            Network(id="pub", name="public", kind=NetworkKind.PUBLIC),
            Network(id="priv", name="private", kind=NetworkKind.PRIVATE),
        ),
        quota=Quantities(cpus=chance.randrange(500, 5000), memory=20_000_000, instances=1000, disk=100_000),
        cost_per_core_hour=chance.choice((None, 0.01, 0.05)),
    )


def _seen(chance: random.Random, site: SiteId, number: int) -> SiteObserved:
    return SiteObserved(
        site=site,
        service=ServiceId(f"{site}-{number:02}"),
        collector="probe",
        observed_at=NOON - timedelta(seconds=chance.randrange(600)),
        available=chance.random() > 0.02,  # noqa: PLR2004 - some are down
        health=Health.HEALTHY,
        used=Quantities(cpus=chance.randrange(400), memory=100_000, instances=50),
    )


def _agreement(chance: random.Random, site: SiteId, group: int) -> AgreementChanged:
    return AgreementChanged(
        agreement=AgreementId(f"sla-{site}-{group}"),
        site=site,
        group=f"group-{group}",
        state=AgreementState.ACTIVE,
        starts=NOON - timedelta(days=30),
        limits=Quantities(cpus=chance.randrange(1000, 2000), instances=1000),
    )
