"""Puts slam together."""

from datetime import timedelta
from pathlib import Path

from services.slam.adapters.agreements import PostgresAgreements
from services.slam.adapters.folder import FederationFolder
from services.slam.api.routes import routes
from services.slam.app.refresh import Refresh
from services.slam.settings import SlamSettings
from shared.contracts.streams import AGREEMENTS
from shared.messaging.database import Database
from shared.messaging.metrics import Meters
from shared.runtime import clock
from shared.runtime.errors import install_error_shape
from shared.runtime.service import Service
from shared.runtime.yaml_files.folder import follow
from shared.runtime.yaml_files.problems import count_problems, problems_route

NAME = "slam"
MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


def build(settings: SlamSettings) -> Service:
    """The service, not started."""
    database, meters, agreements = Database(settings.database_url, NAME), Meters(), PostgresAgreements()
    folder = settings.federation / "agreements"
    refresh = Refresh(FederationFolder(folder), agreements, database, clock.now)
    count_problems(refresh.standing, meters.registry)

    async def keep_up() -> None:
        await follow(folder, refresh.refresh, poll=timedelta(seconds=settings.poll))

    return Service(
        name=NAME,
        settings=settings,
        database=database,
        meters=meters,
        migrations=MIGRATIONS,
        streams=(AGREEMENTS,),
        routes=(routes(database, agreements, clock.now), problems_route(refresh.standing)),
        loops=(keep_up,),
        checks={"federation": refresh.standing.check},
        shape=install_error_shape,
    )
