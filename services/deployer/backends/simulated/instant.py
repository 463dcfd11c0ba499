"""No cloud at all: whatever is created stands when it is first asked about. For benches."""

import zlib
from collections.abc import Sequence

from services.deployer.backends.simulated.backend import machines_asked
from services.deployer.backends.simulated.outputs import evaluated, resources
from services.deployer.backends.simulated.stacks import machine
from services.deployer.ports import Acted, Broken, Created, Features, Going, Gone, Pending, Ready, Target
from shared.contracts.topology import Topology
from shared.contracts.vocabulary import Action, Cause

FAILS = "fail_share"
"""The setting of a site's service (`Candidate.settings`) that says which share of the deployments fails there."""


class InstantCloud:
    """A thing's id is its tag, so creating twice is creating once, and any process can say how it is doing."""

    def __init__(self, *, needs_access: bool = False) -> None:
        self._features = Features(needs_access=needs_access, changes=True)
        self._standing: set[str] = set()

    @property
    def features(self) -> Features:
        return self._features

    async def create(self, target: Target) -> Created | Broken:
        self._standing.add(target.tag)
        return Created(target.tag)

    async def find(self, target: Target) -> str | None:
        return target.tag if target.tag in self._standing else None

    async def progress(self, target: Target) -> Pending | Ready | Broken:
        if _fails(target):
            return Broken(Cause.CAPACITY, "The site has no room (its settings say so).")
        number = zlib.crc32(target.tag.encode()) % 60_000
        names = _names(target.topology)
        machines = [machine(name, number, place) for place, name in enumerate(names)]
        return Ready(evaluated(target.topology, machines), resources(target.topology, target.tag, machines))

    async def change(self, target: Target) -> Created | Broken:
        return Created(target.tag)

    async def act(self, target: Target, action: Action, machines: Sequence[str]) -> Acted | Broken:  # noqa: ARG002 - the port's
        return Broken(Cause.CONFIGURATION, "Nothing here can be started or stopped.")

    async def destroy(self, target: Target, *, force: bool = False) -> Gone | Going | Broken:  # noqa: ARG002 - the port's
        self._standing.discard(target.tag)
        return Gone()

    async def close(self) -> None:
        self._standing.clear()


def _names(topology: Topology) -> list[str]:
    return [name for name, count in machines_asked(topology).items() for _ in range(count)]


def _fails(target: Target) -> bool:
    """By the deployment's id, so that the same deployments fail in every run over the same ids."""
    share = float(target.candidate.settings.get(FAILS, "0"))
    return zlib.crc32(target.deployment_id.encode()) % 1_000 < share * 1_000
