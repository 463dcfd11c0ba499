"""Monitoring with a real folder and a real PostgreSQL; the sites are played by a collector."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.monitoring.adapters.folder import FederationFolder
from services.monitoring.adapters.observations import PostgresObservations
from services.monitoring.api.routes import routes
from services.monitoring.app.refresh import Refresh
from services.monitoring.app.rounds import Reach, Rounds
from services.monitoring.domain.rhythm import Rhythm
from services.monitoring.domain.watched import Target
from services.monitoring.main import MIGRATIONS
from services.monitoring.ports import Collector, Sight
from shared.contracts.envelope import known_types, read
from shared.contracts.sites import SiteObserved
from shared.contracts.streams import OBSERVATIONS
from shared.failures import Transient
from shared.messaging.database import Database
from shared.messaging.transaction import load_headers
from shared.runtime.errors import install_error_shape
from tests.support.builders import NOON
from tests.support.postgres import Migrated

WELL = Sight(available=True, sentence="Well.", latency_ms=12.5)
ILL = Sight(available=False, sentence="Ill.")
INTERVAL = timedelta(seconds=30)


@dataclass
class Played:
    """A collector that sees what it is told to see, by service."""

    sights: dict[str, Sight | Exception] = field(default_factory=dict)
    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def collect(self, target: Target) -> Sight | None:
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

    async def collect(self, target: Target) -> Sight | None:
        await asyncio.Event().wait()
        return WELL

    async def close(self) -> None:
        pass


@dataclass
class Monitoring:
    """The service's parts on one store, one folder and a clock that stands still."""

    database: Database
    folder: Path
    site: Played = field(default_factory=Played)
    now: datetime = NOON

    def write(self, site: str, *services: str) -> None:
        """A site's file."""
        rows = [f'  - {{id: {service}, endpoint: "http://{site}.example.org/{service}"}}\n' for service in services]
        (self.folder / f"{site}.yaml").write_text(
            f"name: {site}\nservices:\n{''.join(rows)}" if rows else "name: none\n"
        )

    async def refresh(self) -> None:
        """Read the folder."""
        await self._refresh().refresh()

    async def look(self, collectors: Mapping[str, Collector] | None = None) -> int:
        """One round; how many sites were looked at."""
        rounds = Rounds(
            PostgresObservations(),
            collectors or {"played": self.site},
            self.database,
            clock=lambda: self.now,
            chance=lambda: 0.5,
            rhythm=Rhythm(INTERVAL, timedelta(minutes=5), 0.1),
            reach=Reach(patience=timedelta(seconds=0.2), keep=timedelta(hours=1)),
        )
        return await rounds.look()

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
        app.include_router(routes(self.database, PostgresObservations(), lambda: self.now))
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://monitoring")

    def _refresh(self) -> Refresh:
        return Refresh(FederationFolder(self.folder), PostgresObservations(), self.database, lambda: self.now)


@pytest.fixture
async def monitoring(fresh: Migrated, tmp_path: Path) -> Monitoring:
    (tmp_path / "sites").mkdir()
    return Monitoring(await fresh(MIGRATIONS), tmp_path / "sites")


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
        claimed = await PostgresObservations().claim(connection, NOON, lease=timedelta(seconds=9), room=5)
    assert len(claimed) == 1
    assert await monitoring.look() == 0
    monitoring.now += timedelta(seconds=9)
    assert await monitoring.look() == 1


async def test_collectors_that_hang_fail_or_are_broken_tell_nothing_and_stop_nobody(
    monitoring: Monitoring, caplog: pytest.LogCaptureFixture
) -> None:
    monitoring.write("bari", "a")
    await monitoring.refresh()
    collectors: dict[str, Collector] = {
        "broken": Played({"a": KeyError("a bug")}),
        "hanging": Hanging(),
        "played": monitoring.site,
        "waiting": Played({"a": Transient("no time for us")}),
    }
    assert await monitoring.look(collectors) == 1
    assert [key for key, _ in await monitoring.told()] == ["bari/a/played"]
    assert "a collector is broken" in caplog.text


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
    monitoring.now += timedelta(seconds=7)
    async with monitoring.client() as client:
        seen = (await client.get("/observations/bari")).json()
    assert [observed["age_seconds"] for observed in seen["observations"]] == [7.0]
    assert [observed["age_seconds"] for observed in seen["history"]] == [7.0, 1507.0, 3007.0]
