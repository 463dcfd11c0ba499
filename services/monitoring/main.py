"""Puts monitoring together."""

import random
from datetime import timedelta
from pathlib import Path

from services.monitoring.adapters.collectors import open_collectors
from services.monitoring.adapters.folder import FederationFolder
from services.monitoring.adapters.observations import PostgresObservations
from services.monitoring.api.routes import routes
from services.monitoring.app.refresh import Refresh
from services.monitoring.app.rounds import Rounds
from services.monitoring.settings import MonitoringSettings
from shared.contracts.streams import OBSERVATIONS
from shared.messaging.database import Database
from shared.messaging.metrics import Meters
from shared.runtime import clock
from shared.runtime.errors import install_error_shape
from shared.runtime.service import Service
from shared.runtime.yaml_files.folder import follow
from shared.runtime.yaml_files.problems import count_problems, problems_route

NAME = "monitoring"
MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


def build(settings: MonitoringSettings) -> Service:
    """The service, not started."""
    database, meters, observations = Database(settings.database_url, NAME), Meters(), PostgresObservations()
    collectors = open_collectors(settings.collectors, timeout=timedelta(seconds=settings.timeout))
    folder = settings.federation / "sites"
    refresh = Refresh(FederationFolder(folder), observations, database, clock.now)
    rounds = Rounds(
        observations,
        collectors,
        database,
        clock=clock.now,
        chance=random.Random().random,  # noqa: S311 - spreads the looks in time, keeps no secret
        rhythm=settings.rhythm(),
        reach=settings.reach(),
    )
    count_problems(refresh.standing, meters.registry)

    async def keep_up() -> None:
        await follow(folder, refresh.refresh, poll=timedelta(seconds=settings.poll))

    async def close() -> None:
        for collector in collectors.values():
            await collector.close()

    return Service(
        name=NAME,
        settings=settings,
        database=database,
        meters=meters,
        migrations=MIGRATIONS,
        streams=(OBSERVATIONS,),
        routes=(routes(database, observations, clock.now), problems_route(refresh.standing)),
        loops=(keep_up, rounds.run),
        checks={"federation": refresh.standing.check},
        shape=install_error_shape,
        close=close,
    )
