"""Whatever the facts and the request: every service is a candidate that keeps to its limits, or has its reasons."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from services.ranker.domain.amounts import DIMENSIONS, Amounts
from services.ranker.domain.books import Books, Recalled
from services.ranker.domain.experience import Outcome
from services.ranker.domain.held import Account
from services.ranker.domain.rank import rank
from shared.contracts.agreements import AgreementChanged, AgreementState
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.message import Message
from shared.contracts.sites import (
    Flavour,
    Image,
    Network,
    OfferedService,
    Project,
    Quantities,
    ServiceStatus,
    SiteDescribed,
    VolumeType,
)
from shared.contracts.topology import (
    ComputeNeeds,
    ContainerNeeds,
    DataNeeds,
    DataService,
    ImageNeeds,
    NetworkKind,
    Node,
    PlacementPolicy,
    TopologyKind,
    VolumeNeeds,
)
from shared.contracts.vocabulary import AgreementId, BackendName, ServiceId, SiteId, Value, Wishes
from tests.support.builders import GROUP, ISSUER, NOON, a_request, a_topology, an_agreement
from tests.unit.ranker.ranked import a_federation, a_method, seen, some_books

HOUR = timedelta(hours=1)
SITES = ("bari", "kit")
few = some.sampled_from([None, 0, 1, 4, 100])
KINDS = some.sampled_from([TopologyKind.INFRASTRUCTURE, TopologyKind.CONTAINER_SERVICE])
quantities = some.builds(
    Quantities, cpus=few, memory=some.sampled_from([None, 0, 4096]), instances=few, disk=few, gpus=few, volumes=few
)
flavours = some.lists(
    some.builds(
        Flavour,
        id=some.sampled_from(["f1", "f2"]),
        name=some.just("f"),
        cpus=some.sampled_from([1, 4]),
        memory=some.sampled_from([1024, 4096]),
        gpus=some.sampled_from([0, 1]),
        infiniband=some.booleans(),
    ),
    max_size=3,
).map(tuple)
projects = some.lists(
    some.builds(
        Project,
        id=some.sampled_from(["p1", "p2"]),
        name=some.just("p"),
        groups=some.sampled_from([(), (GROUP,), ("physics",)]),
        quota=quantities,
        user_quota=quantities,
        flavours=some.sampled_from([(), ("f1",)]),
    ),
    max_size=2,
    unique_by=lambda project: project.id,
).map(tuple)


@some.composite
def sites(draw: some.DrawFn, name: str) -> SiteDescribed:
    services = tuple(
        OfferedService(
            id=ServiceId(f"{name}-{one}"),
            type=one,
            backend=BackendName("im"),
            kinds=tuple(draw(some.lists(KINDS, min_size=1, max_size=2))),
            endpoint="https://there",
            region=draw(some.sampled_from([None, "south"])),
            status=draw(some.sampled_from([ServiceStatus.ACTIVE, ServiceStatus.ACTIVE, ServiceStatus.LIMITED])),
            images=draw(some.sampled_from([(), (Image(id="i", name="i", distribution="ubuntu"),)])),
            flavours=draw(flavours),
            networks=draw(some.sampled_from([(), (Network(id="n", name="n", kind=NetworkKind.PUBLIC),)])),
            volume_types=draw(some.sampled_from([(), (VolumeType(name="ssd", quality="fast"),)])),
            projects=draw(projects),
            quota=draw(quantities),
            rse=draw(some.sampled_from([None, "RSE"])),
            gpu_support=draw(some.sampled_from([None, True])),
            credentials_required=draw(some.sampled_from([False, False, True])),
            unreachable_since=draw(
                some.sampled_from([None, None, NOON - timedelta(hours=1), NOON - timedelta(days=1)])
            ),
            cost_per_core_hour=draw(some.sampled_from([None, 0.1])),
        )
        for one in draw(some.sets(some.sampled_from(["nova", "kubernetes"]), min_size=1))
    )
    issuers = draw(some.sampled_from([(ISSUER,), (ISSUER,), ()]))
    return SiteDescribed(site=SiteId(name), name=name, issuers=issuers, services=services)


@some.composite
def agreements(draw: some.DrawFn, name: str, number: int) -> AgreementChanged:
    changes = {
        "agreement": AgreementId(f"sla-{name}-{number}"),
        "services": draw(some.sampled_from([(), (ServiceId(f"{name}-nova"),)])),
        "state": draw(some.sampled_from([AgreementState.ACTIVE, AgreementState.SIGNED, AgreementState.EXPIRED])),
        "ends": draw(some.sampled_from([None, NOON, NOON + timedelta(days=1)])),
        "limits": draw(quantities),
        "user_limits": draw(quantities),
        "instance_limits": draw(quantities),
        "priority": draw(some.integers(0, 2)),
        "priorities": draw(some.sampled_from([{}, {"nova": 2}])),
        "unknown": draw(some.sampled_from([(), ("cpus",)])),
    }
    return an_agreement(name).model_copy(update=changes)


@some.composite
def federations(draw: some.DrawFn) -> list[Message]:
    facts: list[Message] = []
    for name in SITES:
        facts.append(draw(sites(name)))
        facts += [draw(agreements(name, number)) for number in range(draw(some.integers(0, 3)))]
        for one in draw(some.sets(some.sampled_from(["nova", "kubernetes"]))):
            word = seen(name, available=draw(some.booleans()), used=draw(quantities))
            facts.append(word.model_copy(update={"service": ServiceId(f"{name}-{one}")}))
    return facts


@some.composite
def requests(draw: some.DrawFn) -> DeploymentRequested:
    compute = some.builds(
        ComputeNeeds,
        cpus=some.sampled_from([None, 1, 2, 8]),
        memory=some.sampled_from([None, 2048]),
        gpus=some.sampled_from([0, 0, 1]),
        infiniband=some.sampled_from([False, False, True]),
        instance_type=some.sampled_from([None, None, "f2"]),
        image=some.sampled_from([ImageNeeds(), ImageNeeds(distribution="ubuntu"), ImageNeeds(image="x")]),
        public_address=some.booleans(),
    )
    volume = some.builds(VolumeNeeds, size=some.integers(0, 5), type=some.sampled_from([None, "ssd", "fast"]))
    container = some.builds(ContainerNeeds, cpus=some.sampled_from([None, 0.5]), gpus=some.sampled_from([0, 1]))
    kinds: list[dict[str, some.SearchStrategy[Value]]] = [
        {"compute": compute},
        {"volume": volume},
        {"container": container},
    ]
    nodes = [
        Node.model_validate(
            {
                "name": f"n{number}",
                "type": "t",
                "count": draw(some.integers(0, 3)),
                **{name: draw(needs) for name, needs in kind.items()},
            }
        )
        for number, kind in enumerate(draw(some.lists(some.sampled_from(kinds), min_size=1, max_size=3)))
    ]
    policy = PlacementPolicy(
        name="p", type="tosca.policies.indigo.SlaPlacement", properties={"sla_id": "sla-bari-0", "region": "south"}
    )
    need = DataNeeds(node="n0", service=draw(some.sampled_from(DataService)), names=("s",))
    topology = a_topology(*nodes, kind=draw(KINDS)).model_copy(
        update={
            "policies": draw(some.sampled_from([(), (), (policy,)])),
            "data": draw(some.sampled_from([(), (), (need,)])),
        }
    )
    wishes = draw(some.sampled_from([Wishes(), Wishes(), Wishes(agreements=(AgreementId("sla-kit-1"),))]))
    return a_request(topology=topology, wishes=wishes, group=draw(some.sampled_from([GROUP, GROUP, None, "nobody"])))


def some_past() -> Books:
    account = Account(SiteId("bari"), ServiceId("bari-nova"), AgreementId("sla-bari-0"), "p1")
    taken = Amounts(cpus=1, instances=1)
    books = some_books(Recalled(accounts={account: taken}, shares={(f"{ISSUER} ada", account): taken}))
    books.learn(Outcome(account.place, "infrastructure/one", failed=True, seconds=60, at=NOON.timestamp() - 60))
    return books


@settings(suppress_health_check=[HealthCheck.too_slow])  # whole federations take a while to think of
@given(federations(), requests())
def test_everything_is_either_a_candidate_within_its_limits_or_has_a_reason(
    facts: list[Message], request: DeploymentRequested
) -> None:
    ranking = rank(request, a_federation(*facts), some_past(), NOON, a_method())
    there = {(site.site, one.id) for site in facts if isinstance(site, SiteDescribed) for one in site.services}
    fit = {(candidate.site, candidate.service) for candidate in ranking.candidates}
    refused = {(rejection.site, rejection.service) for rejection in ranking.rejected}
    assert fit | refused == there
    assert not fit & refused
    assert len(ranking.candidates) == len(fit)
    for candidate, takes in zip(ranking.candidates, ranking.takes, strict=True):
        assert all(term.sentence and 0 <= term.value <= 1 for term in candidate.score.terms)
        assert 0.01 <= candidate.score.success <= 0.99
        for line in candidate.quota:
            assert line.to_use == takes[DIMENSIONS.index(line.quantity)]
            assert line.limit is None or line.used + line.to_use <= line.limit + 1e-6
    for rejection in ranking.rejected:
        assert all((rejection.needed, rejection.available, rejection.sentence, rejection.counterfactual))
