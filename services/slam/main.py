"""Puts slam together."""

import uuid
from datetime import timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI

from services.slam.adapters.agreements import PostgresAgreements
from services.slam.adapters.folder import FederationFolder
from services.slam.adapters.meters import count_agreements
from services.slam.api.acting import acting_routes
from services.slam.api.old import old_routes
from services.slam.api.problems import show_refusals
from services.slam.api.routes import routes
from services.slam.api.who import acting
from services.slam.app.keeping import Keeping
from services.slam.app.looking import Look
from services.slam.app.negotiate import Negotiation
from services.slam.app.refresh import Refresh
from services.slam.app.turning import Turning
from services.slam.domain.rights import Rights
from services.slam.domain.sites import Sites
from services.slam.settings import SlamSettings
from shared.contracts.streams import AGREEMENTS, SITES
from shared.contracts.vocabulary import AgreementId
from shared.identity.http import who_calls
from shared.identity.oidc import OidcIdentities
from shared.messaging.database import Database
from shared.messaging.facts import Facts
from shared.messaging.metrics import Meters
from shared.runtime import clock
from shared.runtime.errors import install_error_shape
from shared.runtime.health import Check
from shared.runtime.service import Service
from shared.runtime.yaml_files.folder import follow
from shared.runtime.yaml_files.problems import count_problems, problems_route

NAME = "slam"
MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


def build(settings: SlamSettings) -> Service:
    """The service, not started."""
    database, meters, agreements = Database(settings.database_url, NAME), Meters(), PostgresAgreements()
    client, folder = httpx.AsyncClient(timeout=5.0), settings.federation / "agreements"
    sites, rights, keeping = Sites(), Rights(settings.naming()), Keeping(agreements, settings.warning())
    facts = Facts(settings.kafka, NAME, (SITES,), sites.fold)
    known = facts.caught_up.is_set
    look = Look(agreements, database, rights, sites, settings.warning())
    negotiation = Negotiation(agreements, keeping, database, rights, sites, known, clock.now, _mint)
    refresh = Refresh(FederationFolder(folder), agreements, keeping, database, clock.now)
    turning = Turning(agreements, keeping, database, clock.now, every=settings.precision)
    person = acting(who_calls(OidcIdentities(settings.issuers, client)))
    count_problems(refresh.standing, meters.registry)

    async def keep_up() -> None:
        await follow(folder, refresh.refresh, poll=timedelta(seconds=settings.poll))

    def shape(app: FastAPI) -> None:
        install_error_shape(app)
        show_refusals(clock.now, settings.warning())(app)

    return Service(
        name=NAME,
        settings=settings,
        database=database,
        meters=meters,
        migrations=MIGRATIONS,
        streams=(AGREEMENTS, SITES),
        routes=(
            routes(person, look, refresh.standing, clock.now),
            acting_routes(person, negotiation, look),
            old_routes(person, look, clock.now),
            problems_route(refresh.standing),
        ),
        loops=(keep_up, turning.run, facts.run),
        checks={
            "federation": refresh.standing.check,
            "sites": _sites_check(facts),
            "agreements": count_agreements(database, agreements, meters.registry),
        },
        shape=shape,
        close=client.aclose,
    )


def _mint() -> AgreementId:
    return AgreementId(str(uuid.uuid4()))


def _sites_check(facts: Facts) -> Check:
    async def check() -> str | None:
        return None if facts.caught_up.is_set() else "the sites are still being read"

    return check
