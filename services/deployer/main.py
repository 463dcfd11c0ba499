"""Puts the deployer together, in one of its two roles."""

from collections.abc import Callable
from pathlib import Path

from prometheus_client import Counter, Gauge
from sqlalchemy import text

from services.deployer import handlers
from services.deployer.adapters.sagas import PostgresSagas
from services.deployer.adapters.trials import PostgresTrials
from services.deployer.adapters.vault import GatewayVault
from services.deployer.app.ask import Asking
from services.deployer.app.coordinate import Coordinator
from services.deployer.app.orders import Orders
from services.deployer.app.trials import Pace, TrialLoop
from services.deployer.backends import open_backend
from services.deployer.domain.commands import DEADLINES, orders_for
from services.deployer.settings import DeployerSettings
from shared.contracts.streams import DEPLOYMENTS
from shared.contracts.vocabulary import BackendName
from shared.messaging.database import Database
from shared.messaging.inbound import Desk
from shared.messaging.metrics import Meters
from shared.runtime import clock
from shared.runtime.health import Check
from shared.runtime.service import Service

SCHEMA = "deployer"
MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


def build_saga(settings: DeployerSettings) -> Service:
    """The role that decides."""
    database, meters, sagas = Database(settings.database_url, SCHEMA), Meters(), PostgresSagas()
    return Service(
        name="deployer",
        settings=settings,
        database=database,
        meters=meters,
        migrations=MIGRATIONS,
        streams=(DEPLOYMENTS, DEADLINES),
        hears=handlers.saga(Coordinator(sagas, settings.patience(), _trial_counter(meters))),
        checks={"sagas": _saga_gauge(database, sagas, meters)},
        deadlines=True,
    )


def build_backend(settings: DeployerSettings, name: BackendName) -> Service:
    """The role that talks to sites through one backend."""
    database, meters, trials = Database(settings.database_url, SCHEMA), Meters(), PostgresTrials()
    backend = open_backend(name, settings.backend)
    key = settings.service_key.get_secret_value()
    vault = GatewayVault(settings.gateway_url, key) if settings.gateway_url and key else None
    asking = Asking(backend, vault, timeout=settings.question_timeout)
    desk = Desk("deployer", database, clock.now, meters)
    loop = TrialLoop(name, trials, asking, desk, Pace(settings.rhythm(), settings.capacity()))

    async def close() -> None:
        await backend.close()
        if vault is not None:
            await vault.close()

    return Service(
        name="deployer",
        settings=settings,
        database=database,
        meters=meters,
        migrations=MIGRATIONS,
        streams=(DEPLOYMENTS, orders_for(name)),
        hears=handlers.backend(name, Orders(trials, loop.wake)),
        loops=(loop.run,),
        checks={"trials": _trial_gauge(database, name, meters)},
        close=close,
    )


def _trial_counter(meters: Meters) -> Callable[[str, str], None]:
    counter = Counter("corale_trials_ended", "Trials by outcome", ["outcome", "cause"], registry=meters.registry)
    return lambda outcome, cause: counter.labels(outcome, cause).inc()


def _saga_gauge(database: Database, sagas: PostgresSagas, meters: Meters) -> Check:
    gauge = Gauge("corale_sagas", "Sagas by state", ["state"], registry=meters.registry)

    async def count() -> str | None:
        async with database.transaction() as connection:
            gauge.clear()
            for state, number in (await sagas.counts(connection)).items():
                gauge.labels(state).set(number)
        return None

    return count


def _trial_gauge(database: Database, name: BackendName, meters: Meters) -> Check:
    gauge = Gauge("corale_trials", "Trials by phase", ["backend", "phase"], registry=meters.registry)
    query = text("SELECT phase, count(*) AS trials FROM trials WHERE backend = :backend GROUP BY phase")

    async def count() -> str | None:
        async with database.transaction() as connection:
            gauge.clear()
            for row in await connection.execute(query, {"backend": name}):
                gauge.labels(name, row.phase).set(row.trials)
        return None

    return count
