"""Puts the gateway together."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import httpx
from fastapi import FastAPI

from services.gateway import handlers
from services.gateway.adapters.catalogues import load_catalogues
from services.gateway.adapters.plans import PostgresPlans
from services.gateway.adapters.templates import ready_templates
from services.gateway.adapters.vault import SealedVault
from services.gateway.adapters.views import PostgresViews
from services.gateway.api.changes import changing_routes
from services.gateway.api.deployments import Asking, asking_routes, looking_routes
from services.gateway.api.edge import Edge
from services.gateway.api.plans import plan_routes
from services.gateway.api.problems import show_refusals
from services.gateway.api.service import info_routes, vault_routes
from services.gateway.api.story import story_routes
from services.gateway.api.templates import template_routes
from services.gateway.api.validate import validate_routes
from services.gateway.app.accept import Acceptance
from services.gateway.app.change import Changes
from services.gateway.app.compile import Compiler
from services.gateway.app.look import Look
from services.gateway.app.plan import Planning
from services.gateway.app.story import Bell, Chronicle
from services.gateway.domain.tosca import Limits
from services.gateway.settings import GatewaySettings
from shared.contracts.between import INTERNAL_AUDIENCE
from shared.contracts.streams import DEPLOYMENTS, PLANS
from shared.identity.http import who_calls
from shared.identity.oidc import OidcIdentities
from shared.identity.services import ServiceIdentities
from shared.messaging.database import Database
from shared.messaging.metrics import Meters
from shared.runtime import clock
from shared.runtime.errors import install_error_shape
from shared.runtime.service import Service

SCHEMA = "gateway"
MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


def build(settings: GatewaySettings) -> Service:
    """The gateway, built but not started."""
    database, meters = Database(settings.database_url, SCHEMA), Meters()
    client = httpx.AsyncClient(timeout=5.0)
    identities = OidcIdentities(settings.issuers, client)
    services = ServiceIdentities(settings.service_keys, INTERNAL_AUDIENCE)
    views, vault, bell = PostgresViews(), SealedVault(settings.key()), Bell()
    ours = load_catalogues()
    catalogues = load_catalogues(more=[Path(settings.catalogue)]) if settings.catalogue else ours
    compiler = Compiler(catalogues, Limits(size=settings.template_bytes, nodes=settings.template_values))
    acceptance = Acceptance(views, vault, database=database, clock=clock.now)
    planning = Planning(PostgresPlans(), bell, database=database, clock=clock.now, valid_for=settings.plans_valid_for)
    changes = Changes(views, vault, database=database, clock=clock.now)
    look, caller = Look(views, vault, bell, database), who_calls(identities)

    def shape(app: FastAPI) -> None:
        install_error_shape(app)
        show_refusals(app)
        app.add_middleware(Edge)

    return Service(
        name="gateway",
        settings=settings,
        database=database,
        meters=meters,
        migrations=MIGRATIONS,
        streams=(DEPLOYMENTS, PLANS),
        hears=(*handlers.story(Chronicle(views, vault, bell.ring)), *handlers.plans(planning)),
        routes=(
            info_routes(caller, settings.configuration, _version()),
            story_routes(caller, look),
            asking_routes(caller, Asking(compiler, planning, acceptance), settings.public_url),
            plan_routes(caller, compiler, planning, settings.public_url),
            changing_routes(caller, compiler, changes, settings.public_url),
            looking_routes(caller, look, settings.public_url),
            template_routes(caller, ready_templates(catalogues=ours)),
            validate_routes(caller, compiler),
            vault_routes(services, vault, database, clock.now),
        ),
        shape=shape,
        close=client.aclose,
    )


def _version() -> str:
    try:
        return version("corale")
    except PackageNotFoundError:
        return "0.1.0"
