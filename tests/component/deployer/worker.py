"""A worker of one backend at work on a real store, and the orders it is given."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy import text

from services.deployer.adapters.trials import PostgresTrials
from services.deployer.app.ask import Asking
from services.deployer.app.orders import Orders
from services.deployer.app.trials import Capacity, Pace, TrialLoop
from services.deployer.domain.commands import CleanUpTrial, StartTrial
from services.deployer.domain.decision import Order
from services.deployer.domain.trial import Rhythm
from shared.contracts.vocabulary import (
    BackendName,
    CredentialRef,
    DeploymentId,
    Principal,
    Revision,
    TrialNo,
)
from shared.messaging.database import Database
from shared.messaging.inbound import Desk
from shared.messaging.metrics import Meters
from shared.messaging.transaction import Work
from shared.runtime import clock
from tests.support.backend import ScriptedBackend
from tests.support.builders import ISSUER, NOON, a_candidate, an_envelope

QUICK = Rhythm(
    poll=timedelta(milliseconds=20),
    unreachable=timedelta(milliseconds=200),
    settle=timedelta(milliseconds=100),
    stuck_after=3,
    slow=timedelta(milliseconds=50),
)
IM = BackendName("im")


def a_loop(database: Database, backend: ScriptedBackend, *, lease: float = 1.0) -> TrialLoop:
    """A worker of the backend."""
    asking = Asking(backend, None, timeout=timedelta(seconds=5))
    capacity = Capacity(lease=timedelta(seconds=lease), idle=timedelta(milliseconds=20))
    desk = Desk("deployer", database, clock.now, Meters())
    return TrialLoop(IM, PostgresTrials(), asking, desk, Pace(QUICK, capacity))


@asynccontextmanager
async def working(
    database: Database, backend: ScriptedBackend, *, lease: float = 1.0
) -> AsyncGenerator[asyncio.Task[None]]:
    """A worker at work; cancelled as if it were killed."""
    task = asyncio.create_task(a_loop(database, backend, lease=lease).run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def order(database: Database, *orders: Order) -> None:
    """Give orders, as they come from the saga."""
    async with database.transaction() as connection:
        work = Work(connection, "deployer", clock.now())
        await Orders(PostgresTrials(), lambda: None).take(work, [an_envelope(body) for body in orders])


def start() -> StartTrial:
    """Start trial 1 of d-1."""
    return StartTrial(
        deployment_id=DeploymentId("d-1"),
        trial=TrialNo(1),
        revision=Revision(1),
        owner=Principal(issuer=ISSUER, subject="ada"),
        credential=CredentialRef("c"),
        candidate=a_candidate("bari"),
        deadline=NOON,
    )


def clean_up(*, force: bool = False) -> CleanUpTrial:
    """Clean up trial 1 of d-1."""
    order = start()
    return CleanUpTrial(**order.model_dump(exclude={"deadline"}), force=force)


async def told(database: Database) -> list[str]:
    """The types of what was told, in order."""
    async with database.transaction() as connection:
        rows = await connection.execute(text("SELECT headers FROM outbox ORDER BY seq"))
        return [row.headers.split('["ce_type", "')[1].split('"')[0] for row in rows]


def tells(database: Database, *types: str) -> Callable[[], Awaitable[bool]]:
    """Whether exactly this was told."""

    async def look() -> bool:
        return await told(database) == list(types)

    return look
