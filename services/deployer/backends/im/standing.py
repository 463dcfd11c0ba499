"""A standing infrastructure: looking at it, and choosing which of its machines have to go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from services.deployer.backends.im import outcome
from services.deployer.backends.im.answers import each_machine, field, states_of
from services.deployer.backends.im.client import Answer, Door, ImClient
from services.deployer.backends.im.machines import STATES, Machine, computes
from services.deployer.backends.im.marks import was_changed
from services.deployer.ports import Broken
from shared.contracts.topology import Json, Topology
from shared.contracts.vocabulary import Cause, NodeState

OFF = frozenset({"stopped", "off"})
"""The states of a machine that stands but does not run."""
VANISHED = Broken(Cause.BACKEND, "The infrastructure has vanished from the Infrastructure Manager.")
LEAVING = Broken(Cause.BACKEND, "The infrastructure is being removed at the Infrastructure Manager.")


@dataclass(frozen=True, slots=True)
class Standing:
    """An infrastructure, and how to ask about it. Every method raises `Transient` as the client does."""

    client: ImClient
    door: Door
    infrastructure: str

    async def states(self) -> tuple[str, dict[str, str]] | Broken:
        """The state of the whole and of each machine by its number, or why there is nothing to be changed."""
        answer = await self.read("state")
        if answer.absent:
            return VANISHED
        if not answer.ok:
            return outcome.refused(answer.status, answer.text)
        whole, each = states_of(answer.body)
        return LEAVING if whole == "deleting" else (whole, each)

    async def machines(self, numbers: Sequence[str]) -> list[Machine]:
        """What IM says of these machines, without those that have vanished meanwhile."""
        return await each_machine(list(numbers), lambda number: self.read(f"vms/{number}"))

    async def is_settled(self, states: Mapping[str, str]) -> bool:
        """Whether machines that are off do not matter: they were on once, before the infrastructure was changed."""
        if not all(state == "configured" or state in OFF for state in states.values()):
            return False
        return was_changed(str(field((await self.read("tosca")).body, "tosca") or ""))

    async def document(self) -> Json:
        """The template that IM keeps of it, as a document; `None` if it keeps none."""
        answer = await self.read("tosca")
        try:
            return yaml.load(str(field(answer.body, "tosca") or ""), Loader=yaml.CSafeLoader) if answer.ok else None
        except yaml.YAMLError:
            return None

    async def read(self, what: str) -> Answer:
        """A property, or `vms/<n>`."""
        return await self.client.read(self.door, self.infrastructure, what)


def to_remove(
    topology: Topology, standing: Sequence[Machine], named: Mapping[str, frozenset[str]], replaced: frozenset[str]
) -> list[str]:
    """The numbers of the machines that have to go: those named for their node, then what is too many of it.

    Of those too many the broken ones go first, then the youngest. Machines of nodes that are no longer there, or are
    `replaced`, all go.
    """
    counts = {node.name: node.count for node in computes(topology)}
    by_node: dict[str, list[Machine]] = {}
    for machine in standing:
        by_node.setdefault(machine.node, []).append(machine)
    going: list[Machine] = []
    for node, mine in by_node.items():
        if node in replaced or node not in counts:
            going += mine
            continue
        leaving = named.get(node, frozenset())
        asked = [machine for machine in mine if machine.number in leaving]
        rest = sorted((machine for machine in mine if machine.number not in leaving), key=_worth)
        going += asked + rest[: max(0, len(rest) - counts[node])]
    return [machine.number for machine in going]


def named_for_removal(topology: Topology, infrastructure: str) -> dict[str, frozenset[str]] | str:
    """The numbers of the machines that each node's `removal_list` names, or a name that cannot be a machine's."""
    named: dict[str, frozenset[str]] = {}
    for node in computes(topology):
        listed = node.capabilities.get("scalable", {}).get("removal_list")
        numbers = set()
        for name in listed if isinstance(listed, list) else ():
            number = number_of(str(name), infrastructure)
            if number is None:
                return str(name)
            numbers.add(number)
        named[node.name] = frozenset(numbers)
    return named


def number_of(machine: str, infrastructure: str) -> str | None:
    """IM's number of a machine, from the id of our resource for it or the number itself; `None` for anything else."""
    number = machine.removeprefix(f"{infrastructure}/vms/")
    return number if number.isascii() and number.isdecimal() else None


def _worth(machine: Machine) -> tuple[bool, int]:
    return STATES.get(str(machine.attributes.get("state"))) is not NodeState.ERROR, -int(machine.number)
