"""Puts the cmdb together."""

from datetime import timedelta
from pathlib import Path

from services.cmdb.adapters.folder import FederationFolder
from services.cmdb.adapters.sites import PostgresSites
from services.cmdb.api.routes import routes
from services.cmdb.app.refresh import Refresh
from services.cmdb.settings import CmdbSettings
from shared.contracts.streams import SITES
from shared.messaging.database import Database
from shared.messaging.metrics import Meters
from shared.runtime import clock
from shared.runtime.errors import install_error_shape
from shared.runtime.service import Service
from shared.runtime.yaml_files.folder import follow
from shared.runtime.yaml_files.problems import count_problems, problems_route

NAME = "cmdb"
MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


def build(settings: CmdbSettings) -> Service:
    """The service, not started."""
    database, meters, sites = Database(settings.database_url, NAME), Meters(), PostgresSites()
    folder = settings.federation / "sites"
    refresh = Refresh(FederationFolder(folder), sites, database, clock.now)
    count_problems(refresh.standing, meters.registry)

    async def keep_up() -> None:
        await follow(folder, refresh.refresh, poll=timedelta(seconds=settings.poll))

    return Service(
        name=NAME,
        settings=settings,
        database=database,
        meters=meters,
        migrations=MIGRATIONS,
        streams=(SITES,),
        routes=(routes(database, sites), problems_route(refresh.standing)),
        loops=(keep_up,),
        checks={"federation": refresh.standing.check},
        shape=install_error_shape,
    )
