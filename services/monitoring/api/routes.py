"""Who asks how sites are doing is answered from the store."""

from fastapi import APIRouter, HTTPException

from services.monitoring.api.schemas import ObservationsView, ObservationView, SiteView
from services.monitoring.ports import Observations
from shared.contracts.vocabulary import SiteId
from shared.messaging.database import Database
from shared.messaging.transaction import Clock

ROOM = 200


def routes(database: Database, observations: Observations, clock: Clock) -> APIRouter:
    """The read API."""
    router = APIRouter()

    @router.get("/observations")
    async def all_observations() -> ObservationsView:
        async with database.transaction() as connection:
            return ObservationsView.of(await observations.last(connection), clock())

    @router.get("/observations/{site}")
    async def one_site(site: str) -> SiteView:
        wanted = SiteId(site)
        async with database.transaction() as connection:
            if not await observations.watches(connection, wanted):
                raise HTTPException(404, f"There is no site {site!r}.")
            last = await observations.last(connection, wanted)
            lately = await observations.history(connection, wanted, room=ROOM)
        at = clock()
        return SiteView(
            site=site,
            observations=[ObservationView.of(observed, at) for observed in last],
            history=[ObservationView.of(observed, at) for observed in lately],
        )

    return router
