"""The `Backend` over the simulated cloud's API."""

from collections.abc import Sequence

from services.deployer.backends.simulated.client import Answer, CloudClient
from services.deployer.backends.simulated.outputs import evaluated, resources
from services.deployer.backends.simulated.stacks import Machine, StackState
from services.deployer.ports import Acted, Broken, Created, Features, Going, Gone, Pending, Ready, Target
from shared.contracts.topology import Topology
from shared.contracts.trials import NodeProgress
from shared.contracts.vocabulary import Action, Cause, NodeState


class SimulatedCloud:
    """Speaks to the cloud at the operator's address, or else at each candidate's endpoint."""

    def __init__(self, client: CloudClient, *, needs_access: bool = False) -> None:
        self._client = client
        self._features = Features(needs_access=needs_access, changes=True, acts=True)

    @property
    def features(self) -> Features:
        return self._features

    async def create(self, target: Target) -> Created | Broken:
        nodes = machines_asked(target.topology)
        answer = await self._client.create(target.candidate, target.tag, nodes)
        return _broken(answer) if answer.refused else Created(str(answer.body["id"]))

    async def find(self, target: Target) -> str | None:
        return next(iter(await self._client.tagged(target.candidate, target.tag)), None)

    async def progress(self, target: Target) -> Pending | Ready | Broken:
        identifier = target.external_id or await self.find(target)
        if identifier is None:
            return Broken(Cause.BACKEND, "Nothing of this trial exists at the site.")
        answer = await self._client.stack(target.candidate, identifier)
        if answer.absent:
            return Broken(Cause.BACKEND, "The machines have vanished from the site.")
        if answer.refused or answer.body["state"] == StackState.FAILED:
            return _broken(answer)
        if answer.body["state"] == StackState.READY:
            machines = [Machine.model_validate(machine) for machine in answer.body["machines"]]
            outputs = evaluated(target.topology, machines)
            return Ready(outputs, resources(target.topology, identifier, machines))
        nodes = tuple(NodeProgress(node=name, state=NodeState.CREATING) for name in machines_asked(target.topology))
        return Pending("The machines are being created.", nodes)

    async def change(self, target: Target) -> Created | Broken:
        identifier = target.external_id or await self.find(target)
        if identifier is None:
            return Broken(Cause.BACKEND, "Nothing of this trial exists at the site.")
        answer = await self._client.change(target.candidate, identifier, machines_asked(target.topology))
        return _broken(answer) if answer.refused else Created(identifier)

    async def act(self, target: Target, action: Action, machines: Sequence[str]) -> Acted | Broken:
        steps = {Action.START: (True,), Action.STOP: (False,), Action.RESTART: (False, True)}[action]
        for machine in machines:
            for on in steps:
                answer = await self._client.power(target.candidate, machine, on=on)
                if answer.refused:
                    return _broken(answer)
        seen = await self.progress(target)
        return Acted(seen.resources) if isinstance(seen, Ready) else Acted()

    async def destroy(self, target: Target, *, force: bool = False) -> Gone | Going | Broken:
        for identifier in await self._client.tagged(target.candidate, target.tag):
            answer = await self._client.delete(target.candidate, identifier, force=force)
            if answer.refused and not answer.absent:
                return _broken(answer)
        remains = await self._client.tagged(target.candidate, target.tag)
        return Going(tuple(remains)) if remains else Gone()

    async def close(self) -> None:
        await self._client.close()


def machines_asked(topology: Topology) -> dict[str, int]:
    """How many machines each compute node asks for; a topology without any gets one for each of its nodes."""
    computes = {node.name: node.count for node in topology.nodes if node.compute is not None}
    return computes or {node.name: node.count for node in topology.nodes}


def _broken(answer: Answer) -> Broken:
    said = answer.body if isinstance(answer.body, dict) else {}
    sentence = said.get("sentence") or said.get("detail") or "The site says no, and does not say why."
    try:
        cause = Cause(said.get("cause", Cause.BACKEND))
    except ValueError:
        cause = Cause.BACKEND
    return Broken(cause, str(sentence), site_fault=bool(said.get("site_fault", True)))
