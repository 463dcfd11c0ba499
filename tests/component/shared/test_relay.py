"""What the outbox holds reaches the bus, in order per key, whatever fails in between."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy import text

from shared.contracts.deployments import DeploymentDeleted
from shared.contracts.streams import DEPLOYMENTS
from shared.contracts.vocabulary import DeploymentId
from shared.messaging.database import Database
from shared.messaging.relay import Relay
from shared.messaging.transaction import Work
from tests.support.builders import NOON
from tests.support.bus import MemoryBus
from tests.support.postgres import Migrated
from tests.support.waiting import eventually, soon


async def tell(database: Database, *keys: str) -> None:
    """One transaction that tells something about each key."""
    async with database.transaction() as connection:
        work = Work(connection, "tester", NOON)
        for nth, key in enumerate(keys):
            work.tell(DEPLOYMENTS, DeploymentDeleted(deployment_id=DeploymentId(key)), message_id=f"{key}-{nth}")
        await work.flush()


async def waiting_in(database: Database) -> int:
    """How many records the outbox holds."""
    async with database.transaction() as connection:
        return int(await connection.scalar(text("SELECT count(*) FROM outbox")) or 0)


@asynccontextmanager
async def relaying(database: Database, bus: MemoryBus) -> AsyncGenerator[asyncio.Task[None]]:
    """A relay at work."""
    task = asyncio.create_task(Relay(database, bus).run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def ids(bus: MemoryBus) -> list[str]:
    """The ids of what was published, in order."""
    return [record.header("ce_id") for record in bus.records]


async def emptied(database: Database) -> None:
    """Wait until nothing waits in the outbox."""

    async def empty() -> bool:
        return await waiting_in(database) == 0

    await eventually(empty, what="an empty outbox")


async def test_what_was_told_is_published_in_order_and_then_forgotten(fresh: Migrated) -> None:
    database, bus = await fresh(), MemoryBus()
    await tell(database, "a", "b", "a")

    async with relaying(database, bus):
        await emptied(database)

    assert ids(bus) == ["a-0", "b-1", "a-2"]


async def test_news_wake_the_relay_at_once(fresh: Migrated) -> None:
    database, bus = await fresh(), MemoryBus()

    async with relaying(database, bus):
        await tell(database, "first")
        await emptied(database)
        for n in range(20):
            await tell(database, f"k{n}")
            soon_there = asyncio.get_running_loop().time() + 0.9  # its own poll comes every second
            while len(bus.records) < n + 2:
                await asyncio.sleep(0)
                assert asyncio.get_running_loop().time() < soon_there


async def test_a_record_the_broker_refuses_is_published_again_before_its_followers(fresh: Migrated) -> None:
    database, bus = await fresh(), MemoryBus(refuse=1)
    await tell(database, "a", "a", "b")

    async with relaying(database, bus):
        await emptied(database)

    published = ids(bus)
    assert published.index("a-0") < len(published) - 1 - published[::-1].index("a-1")
    assert set(published) == {"a-0", "a-1", "b-2"}


async def test_killed_between_publishing_and_forgetting_it_publishes_again(fresh: Migrated) -> None:
    database, bus = await fresh(), MemoryBus()
    await tell(database, "a")
    connection = await database.raw_connection()
    rows = await connection.fetch("SELECT seq, topic, key, headers, value FROM outbox ORDER BY seq")
    await Relay(database, bus)._publish(rows)
    await connection.close()

    async with relaying(database, bus):
        await emptied(database)

    assert ids(bus) == ["a-0", "a-0"]


async def test_of_two_relays_one_publishes_and_the_other_takes_over(fresh: Migrated) -> None:
    database, first, second = await fresh(), MemoryBus(), MemoryBus()

    async with relaying(database, first) as leader:
        await tell(database, "a")
        await emptied(database)
        async with relaying(database, second):
            await tell(database, "b")
            await emptied(database)
            leader.cancel()
            await asyncio.gather(leader, return_exceptions=True)
            await tell(database, "c")
            await emptied(database)

    assert ids(first) == ["a-0", "b-0"]
    assert ids(second) == ["c-0"]


async def test_a_relay_that_stops_says_what_was_decided(fresh: Migrated) -> None:
    database, bus = await fresh(), MemoryBus()

    async with relaying(database, bus):
        await tell(database, "a")
        await emptied(database)
        await tell(database, "b")

    soon(lambda: ids(bus) == ["a-0", "b-0"], what="a drained outbox")
