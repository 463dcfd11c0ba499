"""What a request asks of a site, read once per ranking instead of once per site."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from services.ranker.domain.amounts import Amounts
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.ranking import PlanRequested
from shared.contracts.topology import (
    ComputeNeeds,
    ContainerNeeds,
    DataNeeds,
    NetworkKind,
    PlacementPolicy,
    Topology,
    TopologyKind,
    VolumeNeeds,
)
from shared.contracts.vocabulary import Principal, Wishes

SLA_PLACEMENT = "tosca.policies.indigo.SlaPlacement"
BUCKETS = ((1, "one"), (5, "few"), (20, "many"))
"""Up to so many instances a topology is of this size; beyond, it is `large`."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A compute node of the topology and how many of it are asked for."""

    node: str
    count: int
    needs: ComputeNeeds


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume node and how many of it are asked for."""

    node: str
    count: int
    needs: VolumeNeeds


@dataclass(frozen=True, slots=True)
class Container:
    """A container node and how many of it are asked for."""

    node: str
    count: int
    needs: ContainerNeeds


@dataclass(frozen=True)
class Ask:
    """The request as filters and scores see it, at the time of the ranking."""

    at: datetime
    owner: Principal
    group: str | None
    kind: TopologyKind
    wishes: Wishes
    policies: tuple[PlacementPolicy, ...]
    machines: tuple[Machine, ...]
    volumes: tuple[Volume, ...]
    containers: tuple[Container, ...]
    networks: tuple[NetworkKind, ...]
    data: tuple[DataNeeds, ...]
    types: tuple[str, ...] = ()

    @property
    def issuer(self) -> str:
        """Who vouches for the user."""
        return self.owner.issuer

    @property
    def user(self) -> str:
        """The user in one text."""
        return user_of(self.owner)

    @property
    def is_infrastructure(self) -> bool:
        """Whether machines with images and flavours are asked for, and not places for containers or jobs."""
        return self.kind is TopologyKind.INFRASTRUCTURE

    @cached_property
    def sla_policies(self) -> tuple[PlacementPolicy, ...]:
        """The template's wishes for an agreement or a region."""
        return tuple(policy for policy in self.policies if policy.type == SLA_PLACEMENT)

    @cached_property
    def sort(self) -> str:
        """The class of topology that experience is kept by: its kind, and how many instances it has."""
        count = sum(one.count for one in self.machines) + sum(one.count for one in self.containers)
        size = next((name for most, name in BUCKETS if count <= most), "large")
        return f"{self.kind.value}/{size}"

    @cached_property
    def beside_machines(self) -> Amounts:
        """What is taken of any service, whatever its flavours: volumes, and containers that have no machine of ours."""
        total = Amounts(
            disk=sum(volume.needs.size * volume.count for volume in self.volumes),
            volumes=sum(volume.count for volume in self.volumes),
        )
        for container in () if self.machines else self.containers:
            needs = container.needs
            one = Amounts(cpus=needs.cpus or 0, memory=needs.memory or 0, gpus=needs.gpus)
            total = total.plus(one, container.count)
        return total


def user_of(owner: Principal) -> str:
    """A user in one text."""
    return f"{owner.issuer} {owner.subject}"


def ask_of(request: DeploymentRequested | PlanRequested, at: datetime) -> Ask:
    """What `request` asks for."""
    nodes = request.topology.nodes
    return Ask(
        at=at,
        owner=request.owner,
        group=request.user_group,
        kind=request.topology.kind,
        wishes=request.wishes,
        policies=request.topology.policies,
        machines=tuple(Machine(node.name, node.count, node.compute) for node in nodes if node.compute is not None),
        volumes=tuple(Volume(node.name, node.count, node.volume) for node in nodes if node.volume is not None),
        containers=tuple(
            Container(node.name, node.count, node.container) for node in nodes if node.container is not None
        ),
        networks=_networks(request.topology),
        data=request.topology.data,
        types=tuple(dict.fromkeys(node.type for node in nodes)),
    )


def _networks(topology: Topology) -> tuple[NetworkKind, ...]:
    """Every kind that is asked for, once; a public address needs a public network."""
    asked = [node.network for node in topology.nodes if node.network is not None]
    public = [NetworkKind.PUBLIC for node in topology.nodes if node.compute is not None and node.compute.public_address]
    return tuple(dict.fromkeys((*asked, *public)))
