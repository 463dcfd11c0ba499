"""Discovery under way on a real PostgreSQL: several processes, crashes, sites that hang."""

import asyncio
from collections.abc import Mapping

import pytest
from pydantic import SecretStr

from services.cmdb.adapters.discovery.store import PostgresDiscoveries
from services.cmdb.app.discovery import Reach
from services.cmdb.domain.assembly import FILE
from services.cmdb.domain.discovered import Found, Target
from services.cmdb.main import MIGRATIONS
from tests.component.cmdb.discovering import SMALL, Clouds, Cmdb, nova
from tests.support.postgres import Migrated
from tests.support.waiting import eventually


@pytest.fixture
async def cmdb(fresh: Migrated) -> Cmdb:
    cmdb = Cmdb(await fresh(MIGRATIONS))
    cmdb.clouds.answers = {"cnaf/nova": Found({"flavours": [SMALL]})}
    await cmdb.say(FILE, "cnaf", nova())
    return cmdb


async def test_two_processes_read_nothing_twice(cmdb: Cmdb) -> None:
    for number in range(10):
        cmdb.clouds.answers[f"s{number}/nova"] = Found({})
        await cmdb.say(FILE, f"s{number}", nova())
    first, second = cmdb.discovery(Reach(room=3)), cmdb.discovery(Reach(room=3))
    await first.watch()
    while sum(await asyncio.gather(first.look(), second.look())):
        pass
    assert sorted(cmdb.clouds.asked) == sorted(set(cmdb.clouds.asked))
    assert len(cmdb.clouds.asked) == 11


async def test_what_one_process_takes_another_does_not_wait_for(cmdb: Cmdb) -> None:
    cmdb.clouds.answers["bari/nova"] = Found({})
    await cmdb.say(FILE, "bari", nova())
    await cmdb.discovery().watch()
    store, lease = PostgresDiscoveries(), Reach().lease
    async with cmdb.database.transaction() as first, cmdb.database.transaction() as second:
        (one,) = await store.claim(first, cmdb.now, lease, 1)
        async with asyncio.timeout(5):
            (other,) = await store.claim(second, cmdb.now, lease, 10)
    assert {one.target.site, other.target.site} == {"bari", "cnaf"}


async def test_a_reading_lost_to_a_crash_is_done_again(cmdb: Cmdb) -> None:
    discovery = cmdb.discovery()
    await discovery.watch()
    cmdb.clouds.hang = True
    lost = asyncio.create_task(discovery.look())

    async def begun() -> bool:
        return bool(cmdb.clouds.asked)

    await eventually(begun)
    lost.cancel()
    cmdb.clouds.hang = False
    assert await cmdb.discovery().look() == 0
    cmdb.now += Reach().lease
    assert await cmdb.discovery().look() == 1


async def test_what_is_described_later_is_read_too(cmdb: Cmdb) -> None:
    discovery = cmdb.discovery()
    await discovery.watch()
    await discovery.look()
    await discovery.watch()
    cmdb.clouds.answers["bari/nova"] = Found({})
    await cmdb.say(FILE, "bari", nova())
    await discovery.watch()
    assert await discovery.look() == 1
    assert cmdb.clouds.asked == ["cnaf/nova", "bari/nova"]


async def test_a_site_that_hangs_keeps_no_other_waiting(cmdb: Cmdb) -> None:
    class Hanging(Clouds):
        async def read(self, target: Target, credentials: Mapping[str, SecretStr]) -> Found:
            self.hang = target.site == "cnaf"
            return await super().read(target, credentials)

    cmdb.clouds = Hanging({f"s{number}/nova": Found({"flavours": [SMALL]}) for number in range(3)})
    for number in range(3):
        await cmdb.say(FILE, f"s{number}", nova())
    running = asyncio.create_task(cmdb.discovery(Reach(room=4)).run())

    async def all_but_one() -> bool:
        return {site.site for site in await cmdb.told() if site.services[0].flavours} == {"s0", "s1", "s2"}

    try:
        assert await eventually(all_but_one)
    finally:
        running.cancel()


async def test_the_loop_reads_what_comes_due(cmdb: Cmdb) -> None:
    running = asyncio.create_task(cmdb.discovery().run())

    async def read_and_told() -> bool:
        return bool((await cmdb.told())[-1].services[0].flavours)

    try:
        assert await eventually(read_and_told)
    finally:
        running.cancel()
