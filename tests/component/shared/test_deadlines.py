"""Deadlines are rows that become events."""

from datetime import datetime, timedelta

from sqlalchemy import text

from shared.contracts.deployments import DeploymentDeleted
from shared.contracts.streams import DEPLOYMENTS
from shared.contracts.vocabulary import DeploymentId
from shared.messaging.database import Database
from shared.messaging.deadlines import Deadlines
from shared.messaging.transaction import Work
from tests.support.builders import NOON
from tests.support.postgres import Migrated

LATER = NOON + timedelta(minutes=1)


async def wake(database: Database, name: str, due: datetime) -> None:
    """Ask to be woken about deployment `d`."""
    async with database.transaction() as connection:
        work = Work(connection, "tester", NOON)
        work.wake(DEPLOYMENTS, DeploymentDeleted(deployment_id=DeploymentId("d")), due=due, name=name)
        await work.flush()


async def told(database: Database) -> int:
    """How many events stand in the outbox."""
    async with database.transaction() as connection:
        return int(await connection.scalar(text("SELECT count(*) FROM outbox")) or 0)


async def test_what_is_due_becomes_an_event_once(fresh: Migrated) -> None:
    database = await fresh()
    await wake(database, "d/ranking", NOON)
    ticker = Deadlines(database, lambda: NOON)

    assert [await ticker.tick(), await ticker.tick()] == [1, 0]
    assert await told(database) == 1


async def test_what_is_not_due_waits(fresh: Migrated) -> None:
    database = await fresh()
    await wake(database, "d/ranking", LATER)

    assert await Deadlines(database, lambda: NOON).tick() == 0


async def test_the_last_word_about_a_deadline_counts(fresh: Migrated) -> None:
    database = await fresh()
    await wake(database, "d/trial", NOON)
    await wake(database, "d/trial", LATER)

    assert await Deadlines(database, lambda: NOON).tick() == 0
    assert await Deadlines(database, lambda: LATER).tick() == 1


async def test_what_is_settled_never_comes(fresh: Migrated) -> None:
    database = await fresh()
    await wake(database, "d/trial", NOON)
    async with database.transaction() as connection:
        work = Work(connection, "tester", NOON)
        work.settle("d")
        await work.flush()

    assert await Deadlines(database, lambda: LATER).tick() == 0
