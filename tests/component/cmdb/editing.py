"""The cmdb's own parts on one real store and one folder, with people who change sites over HTTP."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from services.cmdb.adapters.folder import FederationFolder
from services.cmdb.adapters.sites import PostgresSites
from services.cmdb.api.edge import shape
from services.cmdb.api.shelf import Shelf
from services.cmdb.app.agreements import Agreements
from services.cmdb.app.editing import Editing
from services.cmdb.app.inventory import Inventory
from services.cmdb.app.refresh import Refresh
from services.cmdb.main import old_routes, site_routes
from services.cmdb.ports import Said
from shared.contracts.envelope import known_types, read
from shared.contracts.message import Message
from shared.contracts.sites import OfferedService, SiteDescribed
from shared.contracts.streams import SITES
from shared.contracts.topology import Json
from shared.contracts.vocabulary import SiteId
from shared.messaging.database import Database
from shared.messaging.transaction import Work, load_headers
from shared.runtime.yaml_files.problems import problems_route
from tests.component.cmdb.people import People, owner
from tests.support.builders import NOON

NOVA: dict[str, Json] = {"id": "nova", "type": "org.openstack.nova", "endpoint": "https://nova.example.org:5000/v3"}
SMALL = {"id": "small", "name": "small", "cpus": 1, "memory": 2048}
BARI: dict[str, Json] = {
    "id": "bari",
    "name": "Bari",
    "country": "IT",
    "owners": [owner("ada")],
    "services": [{**NOVA, "flavours": [SMALL], "owners": [owner("bob")]}],
}


@dataclass
class Federation:
    """A cmdb without its loops; `now` is what its clock shows."""

    database: Database
    folder: Path
    now: datetime = NOON
    sites: PostgresSites = field(default_factory=PostgresSites)

    def __post_init__(self) -> None:
        self.inventory, self.agreements = Inventory(self.sites), Agreements()
        self.refresh = Refresh(FederationFolder(self.folder), self.sites, self.inventory, self.database, self.clock)

    def clock(self) -> datetime:
        return self.now

    def pass_time(self, span: timedelta) -> None:
        self.now += span

    async def file(self, site: str, contents: str) -> None:
        """Write a site's file and look at the folder."""
        (self.folder / f"{site}.yaml").write_text(contents)
        await self.refresh.refresh()

    async def discovered(self, site: str, document: dict[str, Json]) -> None:
        """What discovery does when it has read something."""
        async with self.database.transaction() as connection:
            work = Work(connection, "cmdb", self.clock())
            await self.sites.hold(connection)
            await self.sites.lay(connection, "discovered", {SiteId(site): Said(document, founds=False)}, work.at)
            await self.inventory.recompose(work, [SiteId(site)])
            await work.flush()

    async def told(self) -> list[Message]:
        """What has been told so far, in order."""
        async with self.database.transaction() as connection:
            rows = await connection.execute(
                text("SELECT headers, value FROM outbox WHERE topic = :t ORDER BY seq"), {"t": SITES.topic}
            )
            envelopes = [read(load_headers(row.headers), row.value, known_types(SITES)) for row in rows]
        return [envelope.body for envelope in envelopes if envelope is not None]

    async def service(self, name: str) -> OfferedService:
        """A service as it was last told."""
        last = (await self.told())[-1]
        assert isinstance(last, SiteDescribed)
        return next(service for service in last.services if service.id == name)

    @asynccontextmanager
    async def client(self) -> AsyncGenerator[httpx.AsyncClient]:
        app = FastAPI()
        shape(app)
        shelf = Shelf(self.database, self.sites, self.sites)
        editing = Editing(self.inventory, self.sites, self.database, self.clock)
        for router in (
            *site_routes(People(), shelf, editing),
            *old_routes(People(), shelf, self.agreements, self.clock),
        ):
            app.include_router(router)
        app.include_router(problems_route(self.refresh.standing))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://cmdb") as client:
            yield client


def at(revision: int, who: dict[str, str]) -> dict[str, str]:
    """Headers of somebody who read that revision."""
    return {**who, "If-Match": f'"{revision}"'}


async def created(client: httpx.AsyncClient, document: dict[str, Json] = BARI) -> None:
    answer = await client.post("/sites", json=document, headers=People.root)
    assert answer.status_code == 201, answer.text


def message(answer: httpx.Response, code: int) -> str:
    assert answer.status_code == code, answer.text
    body = answer.json()
    assert body["code"] == code
    return str(body["message"])
