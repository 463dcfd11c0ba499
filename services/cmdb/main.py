"""Puts the cmdb together."""

import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import httpx
from fastapi import APIRouter

from services.cmdb.adapters.discovery import open_discoverers
from services.cmdb.adapters.discovery.client import Client
from services.cmdb.adapters.discovery.store import PostgresDiscoveries
from services.cmdb.adapters.folder import FederationFolder
from services.cmdb.adapters.sites import PostgresSites
from services.cmdb.api.changing import Desk, changing_routes, changing_things_routes
from services.cmdb.api.couch import couch_routes
from services.cmdb.api.discoveries import discovery_routes
from services.cmdb.api.edge import maybe, shape
from services.cmdb.api.registry import registry_routes
from services.cmdb.api.shelf import Shelf
from services.cmdb.api.sites import reading_routes
from services.cmdb.api.things import things_routes
from services.cmdb.app.agreements import Agreements
from services.cmdb.app.discovery import Discovery, Stores, Ways
from services.cmdb.app.editing import Editing
from services.cmdb.app.inventory import Inventory
from services.cmdb.app.refresh import Refresh
from services.cmdb.settings import CmdbSettings
from shared.contracts.streams import AGREEMENTS, SITES
from shared.identity.caller import Identities
from shared.identity.http import who_calls
from shared.identity.oidc import OidcIdentities
from shared.messaging.database import Database
from shared.messaging.facts import Facts
from shared.messaging.metrics import Meters
from shared.messaging.transaction import Clock
from shared.runtime import clock
from shared.runtime.service import Service
from shared.runtime.yaml_files.folder import follow
from shared.runtime.yaml_files.problems import count_problems, problems_route

NAME = "cmdb"
MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


def build(settings: CmdbSettings) -> Service:
    """The service, not started."""
    database, meters, sites = Database(settings.database_url, NAME), Meters(), PostgresSites()
    client = httpx.AsyncClient(timeout=5.0)
    inventory = Inventory(sites)
    folder = settings.federation / "sites"
    retention = timedelta(days=settings.retention_days)
    refresh = Refresh(FederationFolder(folder), sites, inventory, database, clock.now, retention=retention)
    count_problems(refresh.standing, meters.registry)

    async def keep_up() -> None:
        await follow(folder, refresh.refresh, poll=timedelta(seconds=settings.poll))

    editing = Editing(inventory, sites, database, clock.now)
    identities, shelf = OidcIdentities(settings.issuers, client), Shelf(database, sites, sites)
    agreements = Agreements()
    facts = Facts(settings.kafka, NAME, (AGREEMENTS,), agreements.fold)
    old = old_routes(identities, shelf, agreements, clock.now) if settings.old_apis else ()
    return Service(
        name=NAME,
        settings=settings,
        database=database,
        meters=meters,
        migrations=MIGRATIONS,
        streams=(SITES, AGREEMENTS),
        routes=(
            *site_routes(identities, shelf, editing),
            discovery_routes(who_calls(identities), shelf, PostgresDiscoveries()),
            *old,
            problems_route(refresh.standing),
        ),
        loops=(keep_up, facts.run, _discovery(settings, sites, inventory, database).run),
        checks={"federation": refresh.standing.check},
        shape=shape,
        close=client.aclose,
    )


def _discovery(settings: CmdbSettings, sites: PostgresSites, inventory: Inventory, database: Database) -> Discovery:
    return Discovery(
        Stores(sites, PostgresDiscoveries(), inventory.recompose),
        Ways(open_discoverers(Client(clock.now, settings.bounds())), settings.discovery_credentials),
        database,
        clock.now,
        chance=random.Random().random,  # noqa: S311 - spreads the readings in time, keeps no secret
        rhythm=settings.rhythm(),
    )


def site_routes(identities: Identities, shelf: Shelf, editing: Editing) -> Sequence[APIRouter]:
    """Everything under `/sites`."""
    desk, who, somebody = Desk(editing, shelf), maybe(identities), who_calls(identities)
    return (
        reading_routes(who, shelf),
        changing_routes(somebody, desk),
        changing_things_routes(somebody, desk),
        things_routes(who, shelf),
    )


def old_routes(identities: Identities, shelf: Shelf, agreements: Agreements, now: Clock) -> Sequence[APIRouter]:
    """What the clients of older generations read."""
    who = maybe(identities)
    return (couch_routes(who, shelf), registry_routes(who, shelf, agreements, now))
