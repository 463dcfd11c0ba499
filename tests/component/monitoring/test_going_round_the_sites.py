"""Monitoring with a real folder and a real PostgreSQL; the sites are played by a collector."""

import asyncio
from datetime import timedelta

import pytest

from services.monitoring.adapters.rota import PostgresRota
from services.monitoring.ports import Collector, Room
from shared.failures import Transient
from tests.component.monitoring.staged import ILL, INTERVAL, WELL, Hanging, Monitoring, Played
from tests.support.builders import NOON


async def test_every_service_is_looked_at_once_an_interval_and_told_each_time(monitoring: Monitoring) -> None:
    monitoring.write("bari", "a", "b")
    await monitoring.refresh()
    monitoring.site.sights["b"] = ILL
    assert [await monitoring.look(), await monitoring.look()] == [1, 0]
    monitoring.now += INTERVAL
    assert await monitoring.look() == 1
    told = await monitoring.told()
    assert [key for key, _ in told] == ["bari/a/played", "bari/b/played"] * 2
    first, second = told[0][1], told[1][1]
    assert first is not None
    assert (first.available, first.latency_ms, first.observed_at) == (True, 12.5, NOON)
    assert second is not None
    assert (second.available, second.latency_ms, second.sentence) == (False, None, "Ill.")


async def test_a_site_where_nothing_answers_is_looked_at_ever_more_seldom(monitoring: Monitoring) -> None:
    monitoring.write("bari", "a")
    await monitoring.refresh()
    monitoring.site.sights["a"] = ILL
    await monitoring.look()
    monitoring.now += INTERVAL
    assert await monitoring.look() == 0
    monitoring.now += INTERVAL
    assert await monitoring.look() == 1
    monitoring.site.sights["a"] = WELL
    monitoring.now += 4 * INTERVAL
    assert await monitoring.look() == 1
    monitoring.now += INTERVAL
    assert await monitoring.look() == 1


async def test_several_processes_share_the_sites(monitoring: Monitoring) -> None:
    for site in ("bari", "cnaf", "ifca"):
        monitoring.write(site, "a")
    await monitoring.refresh()
    assert sum(await asyncio.gather(*(monitoring.look() for _ in range(4)))) == 3
    assert sorted(key for key, _ in await monitoring.told()) == ["bari/a/played", "cnaf/a/played", "ifca/a/played"]


async def test_a_round_that_was_lost_is_made_up_for(monitoring: Monitoring) -> None:
    monitoring.write("bari", "a")
    await monitoring.refresh()
    async with monitoring.database.transaction() as connection:
        claimed = await PostgresRota().claim(connection, NOON, {"played": Room(5, NOON + timedelta(seconds=9))})
    assert len(claimed) == 1
    assert await monitoring.look() == 0
    monitoring.now += timedelta(seconds=9)
    assert await monitoring.look() == 1


async def test_collectors_that_hang_fail_or_are_broken_tell_nothing_and_stop_nobody(
    monitoring: Monitoring, caplog: pytest.LogCaptureFixture
) -> None:
    monitoring.write("bari", "a")
    monitoring.collectors = ("broken", "hanging", "played", "waiting")
    await monitoring.refresh()
    collectors: dict[str, Collector] = {
        "broken": Played({"a": KeyError("a bug")}),
        "hanging": Hanging(),
        "played": monitoring.site,
        "waiting": Played({"a": Transient("no time for us")}),
    }
    assert await monitoring.look(collectors) == 4
    assert [key for key, _ in await monitoring.told()] == ["bari/a/played"]
    assert "collector broken is broken" in caplog.text


async def test_what_is_watched_no_more_is_forgotten_on_the_topic_too(monitoring: Monitoring) -> None:
    monitoring.write("bari", "a", "b")
    monitoring.write("cnaf", "a")
    await monitoring.refresh()
    await monitoring.look()
    monitoring.write("bari", "b")
    (monitoring.folder / "cnaf.yaml").unlink()
    await monitoring.refresh()
    assert sorted((await monitoring.told())[3:]) == [("bari/a/played", None), ("cnaf/a/played", None)]
    async with monitoring.client() as client:
        seen = (await client.get("/observations")).json()["observations"]
        assert (await client.get("/observations/cnaf")).status_code == 404
    assert [(observed["site"], observed["service"]) for observed in seen] == [("bari", "b")]


async def test_a_site_that_offers_another_image_is_not_looked_at_anew(monitoring: Monitoring) -> None:
    monitoring.write("bari", "a")
    await monitoring.refresh()
    await monitoring.look()
    file = monitoring.folder / "bari.yaml"
    file.write_text(file.read_text().replace("{id: a,", "{id: a, images: [{id: new}],"))
    await monitoring.refresh()
    assert await monitoring.look() == 0
    file.write_text(file.read_text().replace("type: dummy", "type: other"))
    await monitoring.refresh()
    assert await monitoring.look() == 1


async def test_a_look_that_was_overtaken_by_the_folder_is_not_told(monitoring: Monitoring) -> None:
    monitoring.write("bari", "a")
    await monitoring.refresh()

    async def withdraw() -> None:
        (monitoring.folder / "bari.yaml").unlink(missing_ok=True)
        await monitoring.refresh()

    monitoring.site.meanwhile = withdraw
    assert await monitoring.look() == 1
    assert await monitoring.told() == []


async def test_a_broken_file_changes_nothing_of_what_is_watched(monitoring: Monitoring) -> None:
    monitoring.write("bari", "a")
    await monitoring.refresh()
    (monitoring.folder / "bari.yaml").write_text("services: [{id: a}]")
    await monitoring.refresh()
    assert await monitoring.look() == 1
    assert [key for key, _ in await monitoring.told()] == ["bari/a/played"]


async def test_who_reads_sees_the_age_of_what_was_seen_and_a_short_history(monitoring: Monitoring) -> None:
    monitoring.write("bari", "a")
    await monitoring.refresh()
    await monitoring.look()
    for _ in range(3):
        monitoring.now += timedelta(minutes=25)
        await monitoring.look()
    await monitoring.tidy(timedelta(hours=1))
    monitoring.now += timedelta(seconds=7)
    async with monitoring.client() as client:
        seen = (await client.get("/observations/bari")).json()
    assert [observed["age_seconds"] for observed in seen["observations"]] == [7.0]
    assert [observed["age_seconds"] for observed in seen["history"]] == [7.0, 1507.0, 3007.0]
