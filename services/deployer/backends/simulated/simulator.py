"""The simulated cloud's own API, mounted without a socket, with a clock that moves when told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx

from services.deployer.backends.simulated.api import AnswerLost, build
from services.deployer.backends.simulated.backend import SimulatedCloud
from services.deployer.backends.simulated.client import CloudClient
from services.deployer.backends.simulated.faults import ANY_SITE, Fault, Kind, Script, SiteScript
from services.deployer.backends.simulated.ledger import MemoryLedger
from services.deployer.backends.simulated.world import World
from services.deployer.ports import Backend
from shared.contracts.vocabulary import Cause


def simulate() -> "CloudSimulation":
    """A new, empty cloud."""
    return CloudSimulation()


class _Clock:
    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by


@dataclass
class CloudSimulation:
    """The cloud and its knobs."""

    service_type: str = "simulated"
    endpoint: str = "http://cloud.example.org/sites/site-a"
    settings: Mapping[str, str] = field(default_factory=dict)
    connected: bool = True
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    _clock: _Clock = field(default_factory=_Clock)

    def __post_init__(self) -> None:
        self.world = World(self.ledger, self._clock)
        self._app = httpx.ASGITransport(build(self.world))

    def open(self) -> Backend:
        return SimulatedCloud(CloudClient(None, transport=_Wire(self, self._app)))

    def standing(self, tag: str) -> int:
        return len(self.world.stacks(tag=tag))

    def pass_time(self) -> None:
        self._clock.advance(timedelta(hours=1))

    def refuse_next(self) -> None:
        self._order(Fault(kind=Kind.REFUSE, count=1, cause=Cause.QUOTA, sentence="No cores are left."))

    def break_next(self) -> None:
        self._order(Fault(kind=Kind.FAIL_LATE, count=1, cause=Cause.CAPACITY, sentence="The host broke."))

    def lose_next_answer(self) -> None:
        self._order(Fault(kind=Kind.LOSE_ANSWER, count=1))

    def forget(self, tag: str) -> None:
        for stack in self.world.stacks(tag=tag):
            self.world.delete(stack, force=True)

    def disconnect(self) -> None:
        self.connected = False

    def _order(self, fault: Fault) -> None:
        self.world.follow(Script(sites={ANY_SITE: SiteScript(faults=(fault,))}))


class _Wire(httpx.AsyncBaseTransport):
    """What a network would make of it: nobody there, or a line that breaks."""

    def __init__(self, cloud: CloudSimulation, app: httpx.ASGITransport) -> None:
        self._cloud = cloud
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self._cloud.connected:
            raise httpx.ConnectError("All connection attempts failed", request=request)
        try:
            return await self._app.handle_async_request(request)
        except AnswerLost:
            raise httpx.RemoteProtocolError("peer closed connection", request=request) from None
