"""How every service lives: come up, serve, stop within ten seconds with nothing half done."""

import asyncio
import contextlib
import gc
import logging
import platform
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from aiokafka.errors import KafkaError
from fastapi import APIRouter, FastAPI
from faststream.kafka import KafkaBroker

from shared.contracts.envelope import known_types
from shared.contracts.message import Message
from shared.contracts.streams import Stream
from shared.messaging.database import Database, is_passing
from shared.messaging.deadlines import Deadlines
from shared.messaging.inbound import Desk, Handler, Inbound
from shared.messaging.kafka import Member, Producer, Subscription, broker, create_topics, subscribe
from shared.messaging.metrics import Meters
from shared.messaging.relay import Relay
from shared.runtime import clock, logs
from shared.runtime.health import Check, database_check, health_routes, outbox_check
from shared.runtime.migrations import migrate
from shared.runtime.reader import reader_routes
from shared.runtime.settings import ServiceSettings
from shared.runtime.tidy import tidy
from shared.runtime.tracing import trace_to

log = logging.getLogger(__name__)
RETRY = 1.0


@dataclass(frozen=True)
class Hears:
    """A consumer: its name (also its Kafka group), what it listens to, which types it wants, who handles them.

    With `patience` (seconds) messages gather that long between two rounds: for views, not for what others wait for.
    """

    consumer: str
    streams: Sequence[Stream]
    types: Sequence[type[Message]]
    handler: Handler
    patience: float = 0.0


@dataclass
class Service:
    """One service, built but not started. Everything in it is handed over by the service's `main.build`."""

    name: str
    settings: ServiceSettings
    database: Database
    meters: Meters
    migrations: Path
    streams: Sequence[Stream] = ()
    hears: Sequence[Hears] = ()
    routes: Sequence[APIRouter] = ()
    loops: Sequence[Callable[[], Awaitable[None]]] = ()
    checks: dict[str, Check] = field(default_factory=dict)
    shape: Callable[[FastAPI], None] = lambda _: None
    deadlines: bool = False
    close: Callable[[], Awaitable[None]] | None = None

    def app(self) -> FastAPI:
        """The ASGI application: the service's routes, health and metrics; its life is the application's."""
        title = f"Corale {self.name}"
        app = FastAPI(title=title, lifespan=self._life, openapi_url="/openapi.json", docs_url=None, redoc_url=None)
        running = _Running(self)
        app.state.running = running
        self.shape(app)
        for router in (reader_routes(title), *self.routes):
            app.include_router(router)
        checks = {
            "database": database_check(self.database),
            "outbox": outbox_check(self.database, self.meters),
            "bus": running.check,
            **self.checks,
        }
        app.include_router(health_routes(checks, self.meters))
        return app

    @contextlib.asynccontextmanager
    async def _life(self, app: FastAPI) -> AsyncGenerator[None]:
        running: _Running = app.state.running
        coming_up = asyncio.create_task(running.come_up())
        try:
            yield
        finally:
            await _cancel([coming_up])
            await running.go_down()


class _Running:
    """A service's moving parts. It comes up in order and goes down in reverse: ears first, mouth last."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._bus: KafkaBroker | None = None
        self._subscriptions: list[Subscription] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._relay: asyncio.Task[None] | None = None
        self._producer = Producer(service.settings.kafka, service.name)
        self._place = f"{platform.node()}-{service.settings.port}"
        self._stage = "starting"

    async def check(self) -> str | None:
        """Whether everything that listens and speaks is up."""
        if self._stage != "up":
            return self._stage
        if self._bus is not None and not await self._bus.ping(timeout=1.5):
            return "Kafka does not answer"
        ended = [task.get_name() for task in [*self._tasks, self._relay] if task is not None and task.done()]
        return f"ended: {', '.join(ended)}" if ended else None

    async def come_up(self) -> None:
        """Database, topics, relay, loops, ears; what is not there yet is waited for and named in the readiness."""
        service = self._service
        await self._until(lambda: migrate(service.database, service.migrations), "waiting for the database")
        await self._until(
            lambda: create_topics(
                service.settings.kafka, service.streams, replication=service.settings.topic_replication
            ),
            "waiting for the bus",
        )
        await self._until(self._producer.start, "waiting for the bus")
        relay = Relay(service.database, self._producer, sent=service.meters.relayed)
        self._relay = asyncio.create_task(relay.run(), name="relay")
        if service.deadlines:
            self._spawn(Deadlines(service.database, clock.now).run, "deadlines")
        self._spawn(lambda: tidy(service.database), "tidy")
        for loop in service.loops:
            self._spawn(loop, getattr(loop, "__qualname__", "loop"))
        await self._until(self._listen, "waiting for the bus")
        self._stage = "up"
        gc.freeze()  # what is loaded now stays; collecting it again and again costs a fifth of the CPU
        log.info("%s is up", service.name)

    async def go_down(self) -> None:
        """Stop hearing, finish what is in hand, say what was decided, close."""
        self._stage = "stopping"
        for subscription in self._subscriptions:
            await _quietly(subscription.settle())
        if self._bus is not None:
            await _quietly(self._bus.stop())
        await _cancel(self._tasks)
        if self._relay is not None:
            await _cancel([self._relay])
        await _quietly(self._producer.stop())
        if self._service.close is not None:
            await _quietly(self._service.close())
        await _quietly(self._service.database.close())

    async def _listen(self) -> None:
        service = self._service
        bus = broker(service.settings.kafka, service.name)
        desk = Desk(service.name, service.database, clock.now, service.meters)
        self._subscriptions = []
        for hears in service.hears:
            known = known_types(*hears.streams, only=hears.types)
            inbound = Inbound(hears.consumer, known, hears.handler, desk)
            member = Member(hears.consumer, f"{hears.consumer}-{self._place}", hears.patience)
            self._subscriptions.append(subscribe(bus, inbound, hears.streams, service.meters, member=member))
        try:
            await bus.start()
        except BaseException:
            await _quietly(bus.stop())
            raise
        self._bus = bus

    def _spawn(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        async def forever() -> None:
            while True:
                try:
                    await work()
                    return
                except Exception:
                    log.exception("%s stumbled and starts again", name)
                    await asyncio.sleep(RETRY)

        self._tasks.append(asyncio.create_task(forever(), name=name))

    async def _until(self, step: Callable[[], Awaitable[None]], stage: str) -> None:
        while True:
            try:
                return await step()
            except Exception as problem:
                if not is_passing(problem) and not isinstance(problem, KafkaError):
                    log.exception("%s cannot come up", self._service.name)
                self._stage = f"{stage}: {type(problem).__name__}"
                log.warning("%s: %s", stage, problem)
                await asyncio.sleep(RETRY)


def run(build: Callable[[], Service]) -> None:
    """Serve until SIGTERM or SIGINT, then stop within ten seconds."""
    service = build()
    settings = service.settings
    logs.configure(service.name, settings.log_level, settings.log_format)
    trace_to(settings.otlp_endpoint, service.name)
    uvicorn.run(
        service.app(),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # whose headers count is the gateway's to say, by its own setting
        loop="uvloop",
        http="httptools",
        timeout_graceful_shutdown=3,
        backlog=2048,
    )


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _quietly(step: Awaitable[object]) -> None:
    try:
        async with asyncio.timeout(8):
            await step
    except Exception:
        log.exception("while stopping")
