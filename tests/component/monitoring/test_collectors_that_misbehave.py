"""Whatever a collector does, nobody else is hurt by it, and operators can see what is wrong."""

import asyncio
from datetime import timedelta

import pytest

from services.monitoring.domain.watched import Target
from services.monitoring.ports import Collector, Sight
from shared.failures import Transient
from tests.component.monitoring.staged import ILL, INTERVAL, Deaf, Hanging, Monitoring, Played
from tests.support.waiting import eventually

MEGABYTES = "x" * 10_000_000


class Garbage:
    """A collector that says what it likes."""

    def __init__(self, said: object) -> None:
        self._said = said

    async def collect(self, target: Target) -> Sight | None:
        return self._said  # type: ignore[return-value]  # what a collector must not do

    async def close(self) -> None:
        pass


async def troubles(monitoring: Monitoring) -> dict[str, str]:
    async with monitoring.client() as client:
        found = (await client.get("/problems/collectors")).json()["troubles"]
    return {trouble["collector"]: trouble["sentence"] for trouble in found}


async def test_each_trouble_is_cut_named_and_kept_from_the_others(monitoring: Monitoring) -> None:
    collectors: dict[str, Collector] = {
        "broken": Played({"a": KeyError("a bug")}),
        "deaf": (deaf := Deaf()),
        "endless": Garbage(Sight(True, "", metrics={str(number): 1.0 for number in range(100_000)})),
        "hanging": Hanging(),
        "html": Garbage(b"<html>Welcome</html>"),
        "played": monitoring.site,
        "waiting": Played({"a": Transient("Prometheus has no time for us.")}),
    }
    monitoring.write("bari", "a")
    monitoring.collectors = tuple(collectors)
    await monitoring.refresh()
    assert await monitoring.look(collectors) == 7
    deaf.enough.set()
    assert [key for key, _ in await monitoring.told()] == ["bari/a/played"]
    assert await troubles(monitoring) == {
        "broken": "a: it is broken: KeyError",
        "deaf": "a: it was cut after 0.2 s",
        "endless": "a: it talks nonsense: 100000 metrics and 0 projects of one service are too many",
        "hanging": "a: it was cut after 0.2 s",
        "html": "a: it talks nonsense: a bytes is no sight",
        "waiting": "a: Prometheus has no time for us.",
    }


async def test_ten_megabytes_are_kept_as_a_few_hundred_letters(monitoring: Monitoring) -> None:
    monitoring.write("bari", "a")
    monitoring.site.sights["a"] = Sight(True, MEGABYTES, source=MEGABYTES, metrics={MEGABYTES: 1.0})
    await monitoring.refresh()
    await monitoring.look()
    [(_, told)] = await monitoring.told()
    assert told is not None
    assert len(told.model_dump_json()) < 2_000


async def test_a_collector_that_cannot_look_is_asked_ever_more_seldom_and_the_others_as_before(
    monitoring: Monitoring,
) -> None:
    away = Played({"a": Transient("not now")})
    collectors: dict[str, Collector] = {"away": away, "played": monitoring.site}
    monitoring.write("bari", "a")
    monitoring.collectors = tuple(collectors)
    await monitoring.refresh()
    for _ in range(20):
        await monitoring.look(collectors)
        monitoring.now += INTERVAL
    assert monitoring.site.asked == 20
    assert away.asked == 4  # after 0, 2, 6 and 14 half minutes
    away.sights.clear()
    monitoring.now += timedelta(minutes=5)
    await monitoring.look(collectors)
    assert await troubles(monitoring) == {}


async def test_a_trouble_is_logged_once_for_as_long_as_it_lasts(
    monitoring: Monitoring, caplog: pytest.LogCaptureFixture
) -> None:
    monitoring.write("bari", "a")
    monitoring.site.sights["a"] = Transient("not now")
    await monitoring.refresh()
    await monitoring.look_often(4)
    assert caplog.text.count("not now") == 1


async def test_a_collector_with_nothing_to_say_comes_seldom_until_the_file_changes(monitoring: Monitoring) -> None:
    monitoring.write("bari", "a")
    monitoring.site.sights = {"a": None, "b": None}
    await monitoring.refresh()
    for _ in range(10):
        await monitoring.look()
        monitoring.now += INTERVAL
    assert monitoring.site.asked == 1
    monitoring.write("bari", "a", "b")
    await monitoring.refresh()
    await monitoring.look()
    assert monitoring.site.asked == 3
    assert await monitoring.told() == []


async def test_a_slow_site_keeps_nobody_waiting(monitoring: Monitoring) -> None:
    """Two sites, one of which hangs: while it does, the other is looked at again and again."""
    monitoring.patience = timedelta(minutes=10)
    monitoring.write("bari", "a")
    monitoring.write("cnaf", "b")
    await monitoring.refresh()
    never = asyncio.Event()

    class Half(Played):
        async def collect(self, target: Target) -> Sight | None:
            if target.service == "a":
                await never.wait()
            return await super().collect(target)

    half = Half()
    running = asyncio.create_task(monitoring.rounds({"played": half}).run())

    async def thrice() -> bool:
        monitoring.now += timedelta(seconds=5)
        return half.asked >= 3

    await eventually(thrice, what="the third look at the other site")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert {key for key, _ in await monitoring.told()} == {"cnaf/b/played"}


async def test_another_process_goes_on_where_one_was_killed(monitoring: Monitoring) -> None:
    monitoring.write("bari", "a")
    monitoring.site.sights["a"] = ILL
    await monitoring.refresh()
    await monitoring.look_often(2)
    monitoring.now += timedelta(minutes=6)
    hanging = Hanging()
    killed = asyncio.create_task(monitoring.rounds({"played": hanging}).run())
    await hanging.began.wait()
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    assert await monitoring.look() == 0
    monitoring.now += timedelta(minutes=1)
    assert await monitoring.look() == 1
    told = [seen for _, seen in await monitoring.told() if seen is not None]
    assert [seen.health for seen in told] == ["degraded", "degraded", "unhealthy"]
