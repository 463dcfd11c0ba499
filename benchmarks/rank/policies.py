"""Who chooses the order: the product's ranker with one of its strategies, TOPSIS on what it learned, or an oracle."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Protocol

import numpy as np

from benchmarks.rank.federation import ISSUER, NOON
from benchmarks.rank.world import GROUPS, SITES, Deployment, World
from services.ranker.domain import feasible, scores, strategies
from services.ranker.domain.books import Books, Recalled
from services.ranker.domain.experience import Outcome
from services.ranker.domain.federation import Federation
from services.ranker.domain.rank import Method, Ranking, rank
from services.ranker.domain.weights import Weights
from shared.contracts.agreements import AgreementChanged, AgreementState, Target
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.envelope import Envelope
from shared.contracts.message import Message
from shared.contracts.sites import Flavour, OfferedService, Quantities, SiteDescribed, SiteObserved
from shared.contracts.topology import ComputeNeeds, ContainerNeeds, Node, Topology, TopologyKind
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

BETWEEN = timedelta(minutes=3)
"""From one request to the next."""
CORES = 1_000_000
KINDS = (TopologyKind.INFRASTRUCTURE, TopologyKind.CONTAINER_SERVICE)
NODES = ((0, 1), (0, 4), (0, 15), (0, 40), (1, 1), (1, 4))
"""Kind and number of nodes of each sort of topology."""


class Policy(Protocol):
    """Puts the sites that may in order, and is told how each trial ended."""

    def order(self, number: int, deployment: Deployment) -> list[int]:
        """The sites, best first."""
        ...

    def learn(self, number: int, deployment: Deployment, site: int) -> None:
        """The trial of this deployment at this site has ended."""
        ...


class Oracle:
    """Knows chance and time of everything."""

    def order(self, _: int, deployment: Deployment) -> list[int]:
        """By chance over time."""
        worth = deployment.chance / deployment.expected
        return sorted(deployment.may, key=lambda site: -worth[site])

    def learn(self, number: int, deployment: Deployment, site: int) -> None:
        """There is nothing left to learn."""


class Ranker:
    """The product: facts are folded and experience is kept as the service does; nothing knows of the world."""

    def __init__(self, world: World, strategy: str) -> None:
        weights, known = Weights(), strategies.discover()
        self._method = Method(feasible.discover(), scores.discover(), known[strategy], weights, most=SITES)
        self._federation, self._ids = Federation(), count()
        for fact in _facts(world):
            self._tell(fact, 0)
        self._books = Books(Recalled(), {}, weights.fading)
        self._response = world.response

    def order(self, number: int, deployment: Deployment) -> list[int]:
        """As the product tells it."""
        ranking = self.ranking(number, deployment)
        return [_number(candidate.site) for candidate in ranking.candidates]

    def ranking(self, number: int, deployment: Deployment) -> Ranking:
        """What the product says."""
        for site in deployment.may:
            self._tell(self._seen(number, deployment, site), number)
        at = NOON + number * BETWEEN
        return rank(_REQUESTS[deployment.group, deployment.sort], self._federation, self._books, at, self._method)

    def learn(self, number: int, deployment: Deployment, site: int) -> None:
        """What the service would have learned from the topic."""
        kind, nodes = NODES[deployment.sort]
        self._books.learn(
            Outcome(
                place=(_site(site), _service(site)),
                sort=f"{KINDS[kind].value}/{SIZES[nodes]}",
                failed=not deployment.succeeds[site],
                seconds=float(deployment.minutes[site]) * 60,
                at=(NOON + number * BETWEEN).timestamp(),
            )
        )

    def _tell(self, fact: Message, number: int) -> None:
        told = NOON + number * BETWEEN
        self._federation.fold(Envelope(id=f"fact-{next(self._ids)}", source="bench", time=told, body=fact))

    def _seen(self, number: int, deployment: Deployment, site: int) -> SiteObserved:
        up, took = bool(deployment.up[site]), self._response[site].tolist()
        steps = list(zip(("create", "run", "delete"), took, strict=True))
        return SiteObserved(
            site=_site(site),
            service=_service(site),
            collector="probe",
            observed_at=NOON + number * BETWEEN,
            available=up,
            used=Quantities(cpus=CORES * float(deployment.load[site])),
            metrics={f"{name}_responseTime": took for name, took in steps}
            | {f"{name}_result": float(up) for name, _ in steps},
        )


@dataclass(frozen=True)
class Topsis:
    """Nearness to the best and the worst of what the product learned, all four criteria alike."""

    ranker: Ranker
    world: World

    def order(self, number: int, deployment: Deployment) -> list[int]:
        """By chance, time, load and the size of the agreement."""
        whole = self.ranker.ranking(number, deployment).whole
        sites = [_number(whole.board.table.offers[row].site.site) for row in whole.judged.rows]
        good = whole.board.outlook.good[whole.judged.rows]
        promised = self.world.promised[deployment.group, sites]
        criteria = np.array([whole.judged.success, -good, -deployment.load[sites], promised])
        scaled = criteria / np.maximum(1e-9, np.sqrt((criteria**2).sum(1, keepdims=True)))
        best, worst = (np.sqrt(((scaled.T - end) ** 2).sum(1)) for end in (scaled.max(1), scaled.min(1)))
        nearness = worst / np.maximum(1e-9, best + worst)
        return [sites[position] for position in np.argsort(-nearness, kind="stable")]

    def learn(self, number: int, deployment: Deployment, site: int) -> None:
        """As the product does."""
        self.ranker.learn(number, deployment, site)


def _facts(world: World) -> Iterator[Message]:
    for site in range(SITES):
        yield SiteDescribed(
            site=_site(site),
            name=f"Site {site}",
            issuers=(ISSUER,),
            services=(
                OfferedService(
                    id=_service(site),
                    type="org.openstack.nova",
                    backend=BackendName("im"),
                    kinds=KINDS,
                    endpoint=f"https://site-{site}.example.org",
                    flavours=(Flavour(id="small", name="small", cpus=1, memory=1024),),
                    quota=Quantities(cpus=CORES),
                ),
            ),
        )
    for group in range(GROUPS):
        for site in world.may[group]:
            target = Target(type="public_ip", total_guaranteed=float(world.promised[group, site]))
            yield AgreementChanged(
                agreement=AgreementId(f"sla-{group}-{site}"),
                site=_site(site),
                group=f"group-{group}",
                state=AgreementState.ACTIVE,
                starts=NOON - timedelta(days=1),
                targets=(target,),
            )


def _request(group: int, sort: int) -> DeploymentRequested:
    kind, nodes = NODES[sort]
    compute = ComputeNeeds(cpus=1, memory=1024) if kind == 0 else None
    container = ContainerNeeds(image="app", cpus=1) if kind == 1 else None
    node = Node(name="node", type="any", count=nodes, compute=compute, container=container)
    topology = Topology(kind=KINDS[kind], definitions_version="any", catalogue="any", nodes=(node,))
    return DeploymentRequested(
        deployment_id=DeploymentId("d"),
        revision=Revision(1),
        owner=Principal(issuer=ISSUER, subject="ada"),
        user_group=f"group-{group}",
        credential=CredentialRef("none"),
        topology=topology,
        template="",
    )


def _site(number: int) -> SiteId:
    return SiteId(f"site-{number}")


def _service(number: int) -> ServiceId:
    return ServiceId(f"site-{number}-compute")


def _number(site: SiteId) -> int:
    return int(site.rpartition("-")[2])


SIZES = {1: "one", 4: "few", 15: "many", 40: "large"}
_REQUESTS = {(group, sort): _request(group, sort) for group in range(GROUPS) for sort in range(len(NODES))}
