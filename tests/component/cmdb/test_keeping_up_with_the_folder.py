"""The cmdb with a real folder and a real PostgreSQL."""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cmdb.adapters.folder import FederationFolder
from services.cmdb.adapters.sites import PostgresSites
from services.cmdb.api.edge import maybe, shape
from services.cmdb.api.shelf import Shelf
from services.cmdb.api.sites import reading_routes
from services.cmdb.app.inventory import Inventory
from services.cmdb.app.refresh import Refresh
from services.cmdb.main import MIGRATIONS
from services.cmdb.ports import Written
from shared.contracts.envelope import known_types, read
from shared.contracts.message import Message
from shared.contracts.sites import SiteDescribed, SiteWithdrawn
from shared.contracts.streams import SITES
from shared.messaging.database import Database
from shared.messaging.transaction import load_headers
from shared.runtime.yaml_files.folder import follow
from shared.runtime.yaml_files.problems import problems_route
from tests.component.cmdb.people import People
from tests.support.builders import NOON
from tests.support.postgres import Migrated
from tests.support.waiting import eventually


@dataclass
class Cmdb:
    """The service's parts on one store and one folder."""

    database: Database
    folder: Path
    refresh: Refresh

    def write(self, site: str, contents: str = "") -> None:
        """A site's file; without contents a good one."""
        (self.folder / f"{site}.yaml").write_text(contents or f"name: {site.upper()}\n")

    async def told(self) -> list[Message]:
        """What has been told so far, in order."""
        async with self.database.transaction() as connection:
            rows = await connection.execute(
                text("SELECT headers, value FROM outbox WHERE topic = :t ORDER BY seq"), {"t": SITES.topic}
            )
            envelopes = [read(load_headers(row.headers), row.value, known_types(SITES)) for row in rows]
        return [envelope.body for envelope in envelopes if envelope is not None]

    def restarted(self) -> Refresh:
        """As after a crash: only the store remembers."""
        return refreshing(self.folder, self.database)

    def client(self) -> httpx.AsyncClient:
        """Somebody who reads the API."""
        app = FastAPI()
        shape(app)
        sites = PostgresSites()
        app.include_router(reading_routes(maybe(People()), Shelf(self.database, sites, sites)))
        app.include_router(problems_route(self.refresh.standing))
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://cmdb")


@pytest.fixture
async def cmdb(fresh: Migrated, tmp_path: Path) -> Cmdb:
    database, folder = await fresh(MIGRATIONS), tmp_path / "sites"
    folder.mkdir()
    return Cmdb(database, folder, refreshing(folder, database))


def refreshing(folder: Path, database: Database, sites: PostgresSites | None = None) -> Refresh:
    store = sites or PostgresSites()
    return Refresh(FederationFolder(folder), store, Inventory(store), database, lambda: NOON)


def described(site: str, name: str | None = None) -> SiteDescribed:
    return SiteDescribed.model_validate({"site": site, "name": name or site.upper()})


def withdrawn(site: str) -> SiteWithdrawn:
    return SiteWithdrawn.model_validate({"site": site})


async def test_each_site_is_told_once_and_then_only_when_it_changes(cmdb: Cmdb) -> None:
    cmdb.write("bari")
    cmdb.write("cnaf")
    await cmdb.refresh.refresh()
    await cmdb.refresh.refresh()
    cmdb.write("cnaf", "name: INFN CNAF\n")
    await cmdb.refresh.refresh()
    assert await cmdb.told() == [described("bari"), described("cnaf"), described("cnaf", "INFN CNAF")]


async def test_a_removed_file_withdraws_its_site(cmdb: Cmdb) -> None:
    cmdb.write("bari")
    await cmdb.refresh.refresh()
    (cmdb.folder / "bari.yaml").unlink()
    await cmdb.refresh.refresh()
    await cmdb.refresh.refresh()
    assert await cmdb.told() == [described("bari"), withdrawn("bari")]


async def test_after_a_restart_only_what_changed_meanwhile_is_told(cmdb: Cmdb) -> None:
    for site in ("bari", "cnaf", "ifca"):
        cmdb.write(site)
    await cmdb.refresh.refresh()
    cmdb.write("bari", "name: Bari\n")
    cmdb.write("cnaf", "name: [")
    (cmdb.folder / "ifca.yaml").unlink()
    await cmdb.restarted().refresh()
    assert (await cmdb.told())[3:] == [described("bari", "Bari"), withdrawn("ifca")]


async def test_a_broken_file_keeps_the_last_good_site_and_says_why(cmdb: Cmdb) -> None:
    cmdb.write("bari")
    await cmdb.refresh.refresh()
    cmdb.write("bari", "name: Bari\nservces: []\n")
    await cmdb.refresh.refresh()
    assert await cmdb.told() == [described("bari")]
    assert await cmdb.refresh.standing.check() is None
    async with cmdb.client() as client:
        assert (await client.get("/sites/bari")).json()["name"] == "BARI"
        (problem,) = (await client.get("/problems")).json()["problems"]
    assert (problem["file"], problem["line"]) == ("sites/bari.yaml", 2)
    assert "servces is not known" in problem["message"]
    cmdb.write("bari", "name: Bari\n")
    await cmdb.refresh.refresh()
    assert cmdb.refresh.standing.problems == ()
    assert (await cmdb.told())[1:] == [described("bari", "Bari")]


async def test_a_folder_that_is_away_withdraws_nothing_and_shows_in_the_readiness(cmdb: Cmdb) -> None:
    cmdb.write("bari")
    assert await cmdb.refresh.standing.check() is not None
    await cmdb.refresh.refresh()
    shutil.rmtree(cmdb.folder)
    await cmdb.refresh.refresh()
    assert await cmdb.told() == [described("bari")]
    assert "cannot be read" in (await cmdb.refresh.standing.check() or "")


async def test_two_replicas_that_read_at_once_tell_once(cmdb: Cmdb) -> None:
    cmdb.write("bari")
    await asyncio.gather(*(cmdb.restarted().refresh() for _ in range(4)))
    assert await cmdb.told() == [described("bari")]


async def test_what_cannot_be_kept_is_not_told(cmdb: Cmdb) -> None:
    class Full(PostgresSites):
        async def write(self, connection: AsyncConnection, written: Sequence[Written], at: datetime) -> None:
            await super().write(connection, written, at)
            raise OSError("no room left")

    cmdb.write("bari")
    with pytest.raises(OSError, match="no room left"):
        await refreshing(cmdb.folder, cmdb.database, Full()).refresh()
    assert await cmdb.told() == []
    async with cmdb.client() as client:
        assert (await client.get("/sites")).json() == {"sites": [], "next": None}


async def test_who_reads_sees_sites_by_id_and_since_when(cmdb: Cmdb) -> None:
    cmdb.write("cnaf")
    cmdb.write("bari")
    await cmdb.refresh.refresh()
    async with cmdb.client() as client:
        sites = (await client.get("/sites", headers=People.ada)).json()["sites"]
        assert [site["id"] for site in sites] == ["bari", "cnaf"]
        assert datetime.fromisoformat(sites[0]["changed_at"]) == NOON
        missing = (await client.get("/sites/ifca")).json()
    assert missing == {"code": 404, "title": "Not Found", "message": "There is no site 'ifca'."}


async def test_a_change_in_the_folder_is_followed_even_into_a_new_folder(cmdb: Cmdb) -> None:
    following = asyncio.create_task(follow(cmdb.folder, cmdb.refresh.refresh, poll=timedelta(minutes=5)))

    async def last_is(wanted: Message) -> None:
        async def told() -> bool:
            return (await cmdb.told())[-1:] == [wanted]

        await eventually(told, what=str(wanted))

    cmdb.write("bari")
    await last_is(described("bari"))
    cmdb.write("bari", "name: Bari\n")
    await last_is(described("bari", "Bari"))
    cmdb.folder.rename(cmdb.folder.with_name("old"))
    cmdb.folder.mkdir()
    cmdb.write("cnaf")
    await last_is(described("cnaf"))
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
