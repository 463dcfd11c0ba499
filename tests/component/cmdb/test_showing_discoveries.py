"""Those who look after a site see how it is read, and why it cannot be read."""

import httpx
import pytest
from fastapi import FastAPI

from services.cmdb.adapters.discovery.store import PostgresDiscoveries
from services.cmdb.api.discoveries import discovery_routes
from services.cmdb.api.edge import shape
from services.cmdb.api.shelf import Shelf
from services.cmdb.domain.assembly import FILE
from services.cmdb.main import MIGRATIONS
from shared.failures import Transient
from shared.identity.http import who_calls
from tests.component.cmdb.discovering import Cmdb, nova
from tests.component.cmdb.people import People
from tests.support.builders import NOON
from tests.support.postgres import Migrated


@pytest.mark.parametrize(
    ("who", "status"), [(People.root, 200), (People.ada, 403), (People.mallory, 401), ({}, 401)], ids=str
)
async def test_the_reason_is_shown_to_those_who_look_after_the_site(
    fresh: Migrated, who: dict[str, str], status: int
) -> None:
    cmdb = Cmdb(await fresh(MIGRATIONS))
    cmdb.clouds.answers = {"cnaf/nova": Transient("Keystone did not come within 20 s.")}
    await cmdb.say(FILE, "cnaf", nova())
    await cmdb.round()
    app = FastAPI()
    shape(app)
    shelf = Shelf(cmdb.database, cmdb.sites, cmdb.sites)
    app.include_router(discovery_routes(who_calls(People()), shelf, PostgresDiscoveries()))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://cmdb") as client:
        answer = await client.get("/sites/cnaf/discoveries", headers=who)

    assert answer.status_code == status
    if status == 200:
        (one,) = answer.json()["content"]
        assert (one["service"], one["kind"], one["failures"]) == ("nova", "cloud", 1)
        assert one["sentence"] == "Keystone did not come within 20 s."
        assert one["unreachableSince"] == NOON.isoformat().replace("+00:00", "Z")
