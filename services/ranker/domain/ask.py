"""What a request asks of a site, read once per ranking instead of once per site."""

from dataclasses import dataclass
from datetime import datetime
from itertools import chain, zip_longest

from services.ranker.domain.amounts import Amounts
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.sites import Flavour
from shared.contracts.topology import ComputeNeeds, NetworkKind, PlacementPolicy, TopologyKind
from shared.contracts.vocabulary import Gigabytes, Wishes


@dataclass(frozen=True, slots=True)
class Machine:
    """A compute node of the topology and how many of it are asked for."""

    node: str
    count: int
    needs: ComputeNeeds


@dataclass(frozen=True, slots=True)
class Ask:
    """The request as filters and scores see it, at the time of the ranking."""

    at: datetime
    group: str | None
    issuer: str
    kind: TopologyKind
    wishes: Wishes
    policies: tuple[PlacementPolicy, ...]
    machines: tuple[Machine, ...]
    networks: tuple[NetworkKind, ...]
    storage: Gigabytes

    @property
    def is_infrastructure(self) -> bool:
        """Whether machines with images and flavours are asked for, and not places for containers or jobs."""
        return self.kind is TopologyKind.INFRASTRUCTURE


def ask_of(request: DeploymentRequested, at: datetime) -> Ask:
    """What `request` asks for."""
    nodes = request.topology.nodes
    machines = tuple(Machine(node.name, node.count, node.compute) for node in nodes if node.compute is not None)
    public = [NetworkKind.PUBLIC for machine in machines if machine.needs.public_address]
    kinds = chain((node.network for node in nodes if node.network is not None), public)
    return Ask(
        at=at,
        group=request.user_group,
        issuer=request.owner.issuer,
        kind=request.topology.kind,
        wishes=request.wishes,
        policies=request.topology.policies,
        machines=machines,
        networks=tuple(dict.fromkeys(kinds)),
        storage=sum(node.volume.size * node.count for node in nodes if node.volume is not None),
    )


def taken(ask: Ask, flavours: tuple[Flavour | None, ...]) -> Amounts:
    """What the deployment takes of a service: the flavours' sizes, or what is asked for where there is no flavour.

    Disk is volumes and the disks that machines ask for by size; a flavour's own disk comes with the machine.
    """
    total = Amounts(disk=ask.storage)
    for machine, flavour in zip_longest(ask.machines, flavours):
        needs = machine.needs
        one = Amounts(
            cpus=flavour.cpus if flavour else needs.cpus or 0,
            memory=flavour.memory if flavour else needs.memory or 0,
            instances=1,
            disk=needs.disk or 0,
            gpus=flavour.gpus if flavour else needs.gpus,
            public_addresses=needs.public_address,
        )
        total = total.plus(one, machine.count)
    return total
