"""The services in one process, without Kafka: a bus in memory carries what their outboxes hold."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import text

from services.deployer import handlers as deployer
from services.deployer.adapters.sagas import PostgresSagas
from services.deployer.adapters.trials import PostgresTrials
from services.deployer.app.ask import Asking
from services.deployer.app.coordinate import Coordinator
from services.deployer.app.orders import Orders
from services.deployer.app.trials import Capacity, Pace, TrialLoop
from services.deployer.backends import open_backend
from services.deployer.domain.decision import Patience
from services.deployer.domain.trial import Rhythm
from services.deployer.main import MIGRATIONS as DEPLOYER
from services.gateway import handlers as gateway
from services.gateway.adapters.vault import SealedVault
from services.gateway.adapters.views import PostgresViews
from services.gateway.app.accept import Acceptance, Accepted
from services.gateway.app.change import Changes
from services.gateway.app.story import Bell, Chronicle
from services.gateway.domain.view import View
from services.gateway.main import MIGRATIONS as GATEWAY
from services.ranker import handlers as ranker
from services.ranker.adapters.memory import PostgresMemory
from services.ranker.app.answer import Answers
from services.ranker.domain import feasible, scores, strategies
from services.ranker.domain.federation import Federation
from services.ranker.domain.rank import Method
from services.ranker.domain.weights import Weights
from services.ranker.main import MIGRATIONS as RANKER
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.envelope import known_types
from shared.contracts.message import Message
from shared.contracts.vocabulary import BackendName, DeploymentId, Principal
from shared.identity.caller import Caller
from shared.messaging.database import Database
from shared.messaging.inbound import Desk, Inbound
from shared.messaging.metrics import Meters
from shared.messaging.transaction import load_headers
from shared.runtime import clock
from shared.runtime.service import Hears
from tests.support.builders import GROUP, ISSUER, an_envelope
from tests.support.bus import Record
from tests.support.postgres import Migrated
from tests.support.waiting import a_moment

SIMULATED = BackendName("simulated")
TAKE = text("""
    DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox ORDER BY seq) RETURNING seq, topic, key, headers, value
""")


@dataclass
class World:
    """Gateway, ranker, saga and one backend; the facts of slam, cmdb and monitoring are told by the test."""

    acceptance: Acceptance
    changes: Changes
    views: PostgresViews
    stores: dict[str, Database]
    ears: list[tuple[set[str], Inbound]]
    federation: Federation
    told: list[Record] = field(default_factory=list)
    twice: bool = False

    def tell(self, *facts: Message) -> None:
        """Facts about the federation."""
        for fact in facts:
            self.federation.fold(an_envelope(fact, id=f"{fact.type()}/{fact.key}", at=clock.now()))

    async def ask(self, request: DeploymentRequested) -> DeploymentId:
        """Ada asks for a deployment."""
        return (await self.acceptance.deploy(Accepted(ada(), request))).id

    async def view(self, deployment: DeploymentId) -> View:
        """What ada sees."""
        async with self.stores["gateway"].transaction() as connection:
            view = await self.views.one(connection, deployment)
        assert view is not None
        return view

    async def carry(self) -> None:
        """Carry everything that is told, for ever; everything twice if so ordered."""
        while True:
            records = [record for store in self.stores.values() for record in await _taken(store)]
            self.told += records
            for topics, ear in self.ears:
                heard = [record for record in records if record.topic in topics]
                await ear.take(heard * 2 if self.twice else heard)
            if not records:
                await a_moment()


def ada() -> Caller:
    """The user of these stories."""
    principal = Principal(issuer=ISSUER, subject="ada")
    return Caller(principal, (GROUP,), clock.now() + timedelta(hours=1), "token")


@asynccontextmanager
async def a_world(fresh: Migrated, *, twice: bool = False) -> AsyncGenerator[World]:
    """A running world; `twice` delivers every message two times."""
    stores = {"gateway": await fresh(GATEWAY), "ranker": await fresh(RANKER), "deployer": await fresh(DEPLOYER)}
    views, vault, federation, trials = PostgresViews(), SealedVault(b"k" * 32), Federation(), PostgresTrials()
    acceptance = Acceptance(views, vault, database=stores["gateway"], clock=clock.now)
    changes = Changes(views, vault, database=stores["gateway"], clock=clock.now)
    method = Method(feasible.discover(), scores.discover(), strategies.discover()["index"], Weights())
    backend = open_backend(SIMULATED, {"mode": "instant"})
    quick = Pace(Rhythm(settle=timedelta(milliseconds=50)), Capacity(idle=timedelta(milliseconds=20)))
    asking = Asking(backend, None, timeout=timedelta(seconds=5))
    loop = TrialLoop(SIMULATED, trials, asking, _desk("deployer", stores), quick)
    coordinator = Coordinator(PostgresSagas(), Patience(), lambda _outcome, _cause: None)
    services: dict[str, Sequence[Hears]] = {
        "gateway": gateway.story(Chronicle(views, vault, Bell().ring)),
        "ranker": ranker.hears(Answers(federation, PostgresMemory(), method, ready=lambda: True)),
        "deployer": (*deployer.saga(coordinator), *deployer.backend(SIMULATED, Orders(trials, loop.wake))),
    }
    ears = [_ear(hears, _desk(name, stores)) for name, several in services.items() for hears in several]
    world = World(acceptance, changes, views, stores, ears, federation, twice=twice)
    tasks = [asyncio.create_task(world.carry()), asyncio.create_task(loop.run())]
    try:
        yield world
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        await backend.close()
        assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended


def _desk(name: str, stores: dict[str, Database]) -> Desk:
    return Desk(name, stores[name], clock.now, Meters())


def _ear(hears: Hears, desk: Desk) -> tuple[set[str], Inbound]:
    known = known_types(*hears.streams, only=hears.types)
    return {stream.topic for stream in hears.streams}, Inbound(hears.consumer, known, hears.handler, desk)


async def _taken(store: Database) -> list[Record]:
    async with store.transaction() as connection:
        rows = sorted(await connection.execute(TAKE), key=lambda row: row.seq)
    return [Record(row.topic, row.key.encode(), row.value, load_headers(row.headers)) for row in rows]
