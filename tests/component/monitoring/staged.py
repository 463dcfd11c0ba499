"""Monitoring's parts on a real folder and a real PostgreSQL; the sites are played by collectors."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from services.monitoring.adapters.folder import FederationFolder
from services.monitoring.adapters.observations import PostgresObservations
from services.monitoring.adapters.rota import PostgresRota
from services.monitoring.adapters.switches import PostgresSwitches
from services.monitoring.adapters.trials import PostgresTrials
from services.monitoring.api.routes import observation_routes
from services.monitoring.api.sites import site_routes
from services.monitoring.api.switches import switch_routes
from services.monitoring.api.wrapper import wrapper_routes
from services.monitoring.app.keeping import Keeping, Manner
from services.monitoring.app.looking import Watcher
from services.monitoring.app.refresh import Refresh
from services.monitoring.app.rounds import Rounds
from services.monitoring.app.standings import Standings
from services.monitoring.app.store import Store
from services.monitoring.app.switching import Switching
from services.monitoring.app.tidying import Tidying
from services.monitoring.app.trials import Experience
from services.monitoring.domain.rhythm import Rhythm
from services.monitoring.domain.service import Freshness
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Collector, Sight
from shared.contracts.envelope import Envelope, known_types, read
from shared.contracts.message import Message
from shared.contracts.sites import SiteObserved
from shared.contracts.streams import OBSERVATIONS
from shared.contracts.vocabulary import Principal
from shared.failures import Permanent
from shared.identity.caller import Caller
from shared.identity.http import who_calls
from shared.messaging.database import Database
from shared.messaging.transaction import Work, load_headers
from shared.runtime.errors import install_error_shape
from tests.support.builders import ISSUER, NOON

WELL = Sight(available=True, sentence="Well.", latency_ms=12.5)
ILL = Sight(available=False, sentence="Ill.")
INTERVAL = timedelta(seconds=30)
FRESHNESS = Freshness(timedelta(minutes=15), {"trials": timedelta(days=1)})


@dataclass
class Played:
    """A collector that sees what it is told to see, by service."""

    sights: dict[str, Sight | Exception | None] = field(default_factory=dict)
    meanwhile: Callable[[], Awaitable[None]] | None = None
    asked: int = 0

    async def collect(self, target: Target) -> Sight | None:
        self.asked += 1
        if self.meanwhile is not None:
            await self.meanwhile()
        match self.sights.get(target.service, WELL):
            case Exception() as problem:
                raise problem
            case sight:
                return sight

    async def close(self) -> None:
        pass


class Hanging:
    """A collector that never comes back."""

    def __init__(self) -> None:
        self.began = asyncio.Event()

    async def collect(self, target: Target) -> Sight | None:
        self.began.set()
        await asyncio.Event().wait()
        return WELL

    async def close(self) -> None:
        pass


class Deaf:
    """A collector that does not even hear that it is to stop."""

    def __init__(self) -> None:
        self.enough = asyncio.Event()

    async def collect(self, target: Target) -> Sight | None:
        while not self.enough.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await self.enough.wait()
        return WELL

    async def close(self) -> None:
        pass


class Doorkeeper:
    """Knows an administrator and a user by their tokens."""

    async def caller(self, token: str) -> Caller:
        if token not in ("admin", "user"):
            raise Permanent("The token proves nothing.")
        who = Principal(issuer=ISSUER, subject=token)
        return Caller(who, (), NOON + timedelta(days=1), token, admin=token == "admin")


@dataclass
class Monitoring:
    """The service's parts on one store, one folder and a clock that stands still."""

    database: Database
    folder: Path
    site: Played = field(default_factory=Played)
    now: datetime = NOON
    heartbeat: timedelta = timedelta()
    patience: timedelta = timedelta(seconds=0.2)
    collectors: tuple[str, ...] = ("played",)

    def write(self, site: str, *services: str) -> None:
        """A site's file."""
        rows = [
            f'  - {{id: {service}, type: dummy, endpoint: "http://{site}.example.org/{service}"}}\n'
            for service in services
        ]
        (self.folder / f"{site}.yaml").write_text(
            f"name: {site}\nservices:\n{''.join(rows)}" if rows else "name: none\n"
        )

    async def refresh(self) -> None:
        """Read the folder."""
        await self._refresh().refresh()

    async def look_often(self, times: int, collectors: Mapping[str, Collector] | None = None) -> None:
        """So many rounds, an interval and a half apart, whatever came of them."""
        for _ in range(times):
            self.now += timedelta(minutes=6)
            await self.look(collectors)

    async def look(self, collectors: Mapping[str, Collector] | None = None) -> int:
        """One round; how many looks at a site there were."""
        return await self.rounds(collectors).look()

    def rounds(self, collectors: Mapping[str, Collector] | None = None) -> Rounds:
        """Who goes round."""
        rhythm, patience = Rhythm(INTERVAL, timedelta(minutes=5), 0.1), self.patience
        playing = {"played": self.site} if collectors is None else collectors
        return Rounds(
            {name: Watcher(name, collector, rhythm, patience) for name, collector in playing.items()},
            self.store,
            self.keeping,
            lambda: self.now,
            lambda: 0.5,
        )

    async def hear(self, *messages: Message, at: datetime | None = None) -> None:
        """Let trials be told, at that time or now."""
        told = [Envelope(id=uuid4().hex, source="deployer", time=at or self.now, body=body) for body in messages]
        async with self.database.transaction() as connection:
            work = Work(connection, "monitoring", self.now)
            await Experience(PostgresTrials(), PostgresRota(), self.keeping).hear(work, told)
            await work.flush()

    async def tidy(self, keep: timedelta) -> int:
        """Forget what is older; how many rows that was."""
        tidying = Tidying(self.store, PostgresTrials(), lambda: self.now, keep)
        return await tidying.tidy()

    @property
    def store(self) -> Store:
        """Where everything is kept."""
        return Store(self.database, PostgresRota(), PostgresObservations())

    @property
    def keeping(self) -> Keeping:
        """Who judges."""
        return Keeping(PostgresObservations(), Manner(heartbeat=self.heartbeat, freshness=FRESHNESS))

    @property
    def standings(self) -> Standings:
        """Who knows how services are doing."""
        return Standings(self.store, lambda: self.now, FRESHNESS)

    async def told(self) -> list[tuple[str, SiteObserved | None]]:
        """What has been told so far, in order: its key, and what was seen or `None` for what is forgotten."""
        query = text("SELECT key, headers, value FROM outbox WHERE topic = :topic ORDER BY seq")
        found: list[tuple[str, SiteObserved | None]] = []
        async with self.database.transaction() as connection:
            for row in await connection.execute(query, {"topic": OBSERVATIONS.topic}):
                envelope = read(load_headers(row.headers), row.value, known_types(OBSERVATIONS))
                body = envelope.body if envelope else None
                found.append((row.key, body if isinstance(body, SiteObserved) else None))
        return found

    def client(self) -> httpx.AsyncClient:
        """Somebody who reads the API."""
        app = FastAPI()
        install_error_shape(app)
        switching = Switching(PostgresSwitches(), self.store, lambda: self.now)
        app.include_router(observation_routes(self.store, lambda: self.now))
        app.include_router(site_routes(self.standings))
        app.include_router(switch_routes(switching, (*self.collectors, "trials"), who_calls(Doorkeeper())))
        app.include_router(wrapper_routes(self.standings))
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://monitoring")

    def _refresh(self) -> Refresh:
        return Refresh(FederationFolder(self.folder), self.store, lambda: self.now, self.collectors)
