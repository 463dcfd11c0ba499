"""Discovery against a real Keystone, Nova and Glance: read, lost, back again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr

from services.cmdb.adapters.discovery import open_discoverers
from services.cmdb.adapters.discovery.client import Bounds, Client
from services.cmdb.adapters.discovery.store import PostgresDiscoveries
from services.cmdb.adapters.sites import PostgresSites
from services.cmdb.app.discovery import Discovery, Stores, Ways
from services.cmdb.app.inventory import Inventory
from services.cmdb.domain.assembly import FILE
from services.cmdb.domain.discovered import Found, Known, Target
from services.cmdb.main import MIGRATIONS
from services.cmdb.ports import Said, Wanted
from shared.contracts.sites import OfferedService
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId, SiteId
from shared.failures import NeedsPerson
from shared.messaging.database import Database
from shared.messaging.transaction import Work
from shared.runtime import clock
from tests.integration.cmdb.conftest import Tenant
from tests.support.postgres import Migrated

pytestmark = pytest.mark.timeout(600)  # the first run ever installs OpenStack

PASSWORD = {"username": "demo", "password": "demo-pw"}


async def read(tenant: Tenant, credentials: Mapping[str, str], **settings: Json) -> Found:
    target = Target(SiteId("s"), ServiceId("nova"), "openstack", tenant.cloud.url, None, settings)
    kept = {name: SecretStr(value) for name, value in credentials.items()}
    return await open_discoverers(Client(clock.now))["openstack"].read(target, kept)


async def test_a_password_opens_what_a_project_has(tenant: Tenant) -> None:
    found = await read(tenant, PASSWORD)
    assert not found.unread
    flavours = {flavour["name"]: flavour for flavour in found.document["flavours"]}
    assert (flavours["m1.small"]["memory"], flavours["m1.small"]["gpus"]) == (2048, 0)
    gpu = flavours["gpu.large"]
    assert (gpu["cpus"], gpu["gpus"], gpu["gpu_vendor"], gpu["gpu_model"]) == (16, 2, "NVIDIA", "A100")
    image = found.document["images"][0]
    assert (image["distribution"], image["version"], image["cuda_support"]) == ("ubuntu", "22.04", True)
    assert len(found.document["images"]) == 3
    (project,) = found.document["projects"]
    assert (project["id"], project["name"], project["quota"]["instances"]) == (tenant.project, "demo", 10)
    assert "networks" not in found.document


async def test_an_application_credential_opens_the_same(tenant: Tenant) -> None:
    assert await read(tenant, tenant.application_credential) == await read(tenant, PASSWORD)


async def test_a_wrong_password_and_a_foreign_project_are_sentences(tenant: Tenant) -> None:
    with pytest.raises(NeedsPerson, match=r"does not take our credentials \(status 401\)"):
        await read(tenant, {"username": "demo", "password": "wrong"})
    with pytest.raises(NeedsPerson, match="does not work in admin"):
        await read(tenant, PASSWORD, projects=["admin"])


async def test_a_token_of_an_issuer_that_keystone_does_not_know_is_a_sentence(tenant: Tenant) -> None:
    with pytest.raises(NeedsPerson, match=r"Keystone's login: .* does not take our credentials"):
        await read(tenant, {"access_token": "x"}, identity_provider="nobody")


@dataclass
class Cmdb:
    """Discovery on a store, with a clock that is turned by hand."""

    database: Database
    now: datetime
    sites: PostgresSites = field(default_factory=PostgresSites)

    async def describe(self, site: str, url: str) -> None:
        """A site whose service is discovered."""
        service = {
            "id": "nova",
            "type": "org.openstack.nova",
            "endpoint": url,
            "discovery": {"kind": "openstack"},
            "flavours": [{"id": "m1.small", "gpus": 1}],
        }
        async with self.database.transaction() as connection:
            work = Work(connection, "test", self.now)
            await self.sites.hold(connection)
            said = Said({"name": site.upper(), "services": [service]}, founds=True)
            await Inventory(self.sites).lay(work, FILE, {SiteId(site): said}, "test")
            await work.flush()

    async def round(self) -> OfferedService:
        """Read what is due; the service as the site has it then."""
        discovery = Discovery(
            Stores(self.sites, PostgresDiscoveries(), Inventory(self.sites).recompose),
            Ways(
                open_discoverers(Client(clock.now, Bounds(patience=timedelta(seconds=10)))),
                {"cnaf/nova": {name: SecretStr(value) for name, value in PASSWORD.items()}},
            ),
            self.database,
            lambda: self.now,
            chance=lambda: 0.5,
        )
        await discovery.watch()
        await discovery.look()
        async with self.database.transaction() as connection:
            (kept,) = await self.sites.look(connection, Wanted())
        return kept.site.services[0]

    async def known(self) -> Known:
        async with self.database.transaction() as connection:
            (known,) = await PostgresDiscoveries().known(connection, [SiteId("cnaf")])
        return known


async def test_a_site_that_goes_away_keeps_what_it_offered_until_it_is_back(tenant: Tenant, fresh: Migrated) -> None:
    parts = tenant.cloud.parts
    cmdb = Cmdb(await fresh(MIGRATIONS), clock.now())
    await cmdb.describe("cnaf", tenant.cloud.url)
    there = await cmdb.round()
    assert there.unreachable_since is None
    assert {flavour.name: flavour.gpus for flavour in there.flavours} == {"m1.small": 1, "gpu.large": 2}

    parts.stop_one("keystone")
    cmdb.now += timedelta(hours=1)
    gone_at = cmdb.now
    assert await cmdb.round() == there.model_copy(update={"unreachable_since": gone_at})
    assert "cannot be reached (ConnectError)" in (await cmdb.known()).sentence

    parts.start("keystone")
    parts.wait_ready("keystone")
    parts.stop_one("glance")
    cmdb.now += timedelta(hours=1)
    partly = await cmdb.round()
    assert partly.unreachable_since == gone_at
    assert partly.images == there.images
    assert (await cmdb.known()).sentence.startswith("Glance's images")

    parts.start("glance")
    parts.wait_ready("glance")
    cmdb.now += timedelta(hours=2)
    assert await cmdb.round() == there
