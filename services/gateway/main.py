"""Puts the gateway together."""

import random
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.middleware.gzip import GZipMiddleware

from services.gateway import handlers
from services.gateway.adapters.audit import PostgresBooks
from services.gateway.adapters.callbacks import PostgresDeliveries
from services.gateway.adapters.callbacks_courier import HttpCourier
from services.gateway.adapters.callbacks_keys import CallbackKeys
from services.gateway.adapters.catalogues import load_catalogues
from services.gateway.adapters.custody import PostgresGrants
from services.gateway.adapters.custody_reseal import Resealing
from services.gateway.adapters.exchange import OidcExchange
from services.gateway.adapters.limits import PostgresUnderWay
from services.gateway.adapters.plans import PostgresPlans
from services.gateway.adapters.sealing import Sealer
from services.gateway.adapters.sitevault import VaultSites
from services.gateway.adapters.sitevault_sealed import SealedSites
from services.gateway.adapters.templates import ready_templates
from services.gateway.adapters.vault import SealedVault
from services.gateway.adapters.views import PostgresViews
from services.gateway.api.addresses import base_from
from services.gateway.api.answers import say_the_same_everywhere
from services.gateway.api.audit import audit_routes
from services.gateway.api.audit_record import Recorder
from services.gateway.api.callbacks import delivery_routes, key_routes, show_where_not, webhook_routes
from services.gateway.api.changes import changing_routes, updating_routes
from services.gateway.api.credentials import site_credential_routes
from services.gateway.api.deployments import Asking, asking_routes
from services.gateway.api.edge import Edge
from services.gateway.api.limits import Patience, known, show_too_many
from services.gateway.api.listing import looking_routes
from services.gateway.api.logs import log_routes
from services.gateway.api.manual import show_manual
from services.gateway.api.plans import plan_routes
from services.gateway.api.problems import show_refusals
from services.gateway.api.resources import action_routes, resource_routes
from services.gateway.api.schedules import schedule_routes
from services.gateway.api.service import info_routes
from services.gateway.api.story import story_routes
from services.gateway.api.templates import template_routes
from services.gateway.api.validate import validate_routes
from services.gateway.api.vault import OnOpening, Opening, Vaults, greeting, vault_routes
from services.gateway.app.accept import Acceptance
from services.gateway.app.audit import Trail
from services.gateway.app.callbacks import CallbackLoop, Herald, Webhooks
from services.gateway.app.change import Changes
from services.gateway.app.compile import Compiler
from services.gateway.app.custody import Custody
from services.gateway.app.limits import Most, Rate, Turnstile
from services.gateway.app.look import Look
from services.gateway.app.plan import Planning
from services.gateway.app.reshape import Reshaping
from services.gateway.app.resources import Resources
from services.gateway.app.sites import Sites
from services.gateway.app.story import Bell, Chronicle
from services.gateway.domain.egress import Allowed
from services.gateway.domain.ready import ReadyTemplate
from services.gateway.domain.tosca import Catalogues, Limits
from services.gateway.ports import Secret
from services.gateway.settings import GatewaySettings
from shared.contracts.between import INTERNAL_AUDIENCE
from shared.contracts.streams import AUDIT, DEPLOYMENTS, PLANS
from shared.identity.http import who_calls
from shared.identity.oidc import OidcIdentities
from shared.identity.services import ServiceIdentities
from shared.messaging.database import Database
from shared.messaging.metrics import Meters
from shared.runtime import clock
from shared.runtime.errors import install_error_shape
from shared.runtime.service import Service

SCHEMA = "gateway"
WORTH_PACKING = 4096
"""Bytes of an answer from which a client that takes gzip gets it packed."""
MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


class _Strongroom(NamedTuple):
    """Everything about what users entrust to us."""

    vault: SealedVault
    custody: Custody
    own_sites: SealedSites
    sites: Sites
    resealing: Resealing


class _Watch(NamedTuple):
    """Everything that looks on: who may come in now, what is written down, who is told."""

    trail: Trail
    herald: Herald
    telling: CallbackLoop
    webhooks: Webhooks
    courier: HttpCourier
    keys: CallbackKeys
    turnstile: Turnstile


def build(settings: GatewaySettings) -> Service:
    """The gateway, built but not started."""
    database, meters = Database(settings.database_url, SCHEMA), Meters()
    client = httpx.AsyncClient(timeout=5.0)
    identities = OidcIdentities(settings.issuers, client)
    services = ServiceIdentities(settings.service_keys, INTERNAL_AUDIENCE)
    strongroom = _strongroom(settings, database, identities, client)
    vault, custody = strongroom.vault, strongroom.custody
    views, bell = PostgresViews(), Bell()
    catalogues = load_catalogues(more=[Path(settings.catalogue)]) if settings.catalogue else _own_catalogues()
    compiler = Compiler(catalogues, Limits(size=settings.template_bytes, nodes=settings.template_values))
    watch = _watch(settings, database)
    witnesses, check = (watch.trail, watch.herald), watch.courier.check
    acceptance = Acceptance(
        views,
        vault,
        database=database,
        clock=clock.now,
        witnesses=witnesses,
        turnstile=watch.turnstile,
        check_callback=check,
    )
    planning = Planning(PostgresPlans(), bell, database=database, clock=clock.now, valid_for=settings.plans_valid_for)
    changes = Changes(views, vault, database=database, clock=clock.now, witnesses=witnesses, check_callback=check)
    look, caller = Look(views, vault, bell, database), known(greeting(who_calls(identities), custody), watch.turnstile)

    base_of = base_from(settings.public_url)
    resources = Resources(views, changes, database)

    return Service(
        name="gateway",
        settings=settings,
        database=database,
        meters=meters,
        migrations=MIGRATIONS,
        streams=(DEPLOYMENTS, PLANS, AUDIT),
        hears=(*handlers.story(Chronicle(views, vault, bell.ring, witnesses)), *handlers.plans(planning)),
        routes=(
            info_routes(caller, settings.configuration, _version()),
            story_routes(caller, look),
            asking_routes(caller, Asking(compiler, planning, acceptance, look), base_of),
            plan_routes(caller, compiler, planning, base_of),
            updating_routes(caller, Reshaping(compiler, changes), look, base_of),
            changing_routes(caller, changes, look),
            looking_routes(caller, look, base_of),
            resource_routes(caller, resources, base_of),
            action_routes(caller, resources, base_of),
            log_routes(caller, resources),
            schedule_routes(caller, base_of),
            template_routes(caller, _own_templates()),
            validate_routes(caller, compiler),
            *([] if settings.site_vault else [site_credential_routes(caller, strongroom.own_sites, clock.now)]),
            webhook_routes(caller, watch.webhooks, base_of),
            delivery_routes(caller, watch.webhooks, look),
            audit_routes(caller, watch.trail, look, base_of),
            key_routes(watch.keys.public()),
            vault_routes(services, Vaults(vault, strongroom.sites), database, clock.now, _on_opening(watch.trail)),
        ),
        loops=(custody.run, strongroom.resealing.run, watch.trail.run, watch.telling.run),
        shape=_shape(settings, watch),
        close=_closing(client, watch.courier),
    )


@cache
def _own_catalogues() -> Catalogues:
    """The types that come with the gateway: compiled once, they change only with it."""
    return load_catalogues()


@cache
def _own_templates() -> tuple[ReadyTemplate, ...]:
    return ready_templates(catalogues=_own_catalogues())


def _version() -> str:
    try:
        return version("corale")
    except PackageNotFoundError:
        return "0.1.0"


def _shape(settings: GatewaySettings, watch: _Watch) -> Callable[[FastAPI], None]:
    def shape(app: FastAPI) -> None:
        install_error_shape(app)
        show_refusals(app)
        show_where_not(app)
        show_too_many(app)
        say_the_same_everywhere(app)
        show_manual(app, _version())
        slow = settings.limits
        app.add_middleware(GZipMiddleware, minimum_size=WORTH_PACKING, compresslevel=5)
        app.add_middleware(Recorder, trail=watch.trail, clock=clock.now)
        app.add_middleware(Patience, body_seconds=slow.body_seconds, send_seconds=slow.send_seconds)
        app.add_middleware(Edge, trusted=settings.trusted_proxies)

    return shape


def _on_opening(trail: Trail) -> OnOpening:
    async def recorded(connection: AsyncConnection, opening: Opening) -> None:
        withheld = "" if isinstance(opening.found, Secret) else "There is nothing to open."
        await trail.opened(connection, opening.reference, service=opening.service, sentence=withheld)

    return recorded


def _closing(client: httpx.AsyncClient, courier: HttpCourier) -> Callable[[], Awaitable[None]]:
    async def close() -> None:
        await client.aclose()
        await courier.close()

    return close


def _strongroom(
    settings: GatewaySettings, database: Database, identities: OidcIdentities, client: httpx.AsyncClient
) -> _Strongroom:
    sealer = Sealer(settings.keys())
    exchange = OidcExchange(settings.exchanges, settings.issuers, identities, client)
    own_sites = SealedSites(sealer, database)
    return _Strongroom(
        vault=SealedVault(sealer, frozenset(exchange.issuer for exchange in settings.exchanges)),
        custody=Custody(PostgresGrants(sealer), exchange, database=database, clock=clock.now, luck=random.random),
        own_sites=own_sites,
        sites=VaultSites(settings.site_vault, client) if settings.site_vault else own_sites,
        resealing=Resealing(sealer, database),
    )


def _watch(settings: GatewaySettings, database: Database) -> _Watch:
    where, most = settings.callbacks, settings.limits
    deliveries, keys = PostgresDeliveries(), CallbackKeys(settings.keys())
    courier = HttpCourier(Allowed(where.hosts, where.ports, where.private))
    telling = CallbackLoop(deliveries, courier, keys, database=database, clock=clock.now)
    rates = Most(
        user=Rate(most.user_per_second, most.user_burst),
        group=Rate(most.group_per_second, most.group_burst),
        stranger=Rate(most.stranger_per_second, most.stranger_burst),
        at_a_time=most.group_at_a_time,
    )
    return _Watch(
        trail=Trail(PostgresBooks(), database=database, clock=clock.now),
        herald=Herald(deliveries, telling.wake),
        telling=telling,
        webhooks=Webhooks(deliveries, courier, keys, database=database, clock=clock.now),
        courier=courier,
        keys=keys,
        turnstile=Turnstile(rates, PostgresUnderWay(), database=database, clock=clock.now),
    )
