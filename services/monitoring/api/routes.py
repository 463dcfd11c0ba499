"""Who asks what was seen, now and before, is answered from the store."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.monitoring.api.schemas import ObservationsView, ObservationView, SiteView, TroublesView, TroubleView
from services.monitoring.app.store import Store
from services.monitoring.ports import Wanted
from shared.contracts.vocabulary import ServiceId, SiteId
from shared.messaging.transaction import Clock

ROOM, MOST = 200, 5_000


class Part(BaseModel):
    """Which part of a history."""

    model_config = ConfigDict(extra="forbid")

    collector: str | None = None
    since: AwareDatetime | None = Field(default=None, alias="from")
    until: AwareDatetime | None = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = ROOM


def observation_routes(store: Store, clock: Clock) -> APIRouter:
    """`/observations`, `/observations/{site}`, `/sites/{site}/services/{service}/history`, `/problems/collectors`."""
    router = APIRouter()
    _last(router, store, clock)
    _before(router, store, clock)
    return router


def _last(router: APIRouter, store: Store, clock: Clock) -> None:
    @router.get("/observations")
    async def all_observations() -> ObservationsView:
        async with store.database.transaction() as connection:
            last = await store.observations.last(connection)
        return ObservationsView.of([known.observed for known in last], clock())

    @router.get("/problems/collectors")
    async def troubles() -> TroublesView:
        async with store.database.transaction() as connection:
            found = await store.rota.troubles(connection)
        return TroublesView(troubles=[TroubleView.of(trouble) for trouble in found])


def _before(router: APIRouter, store: Store, clock: Clock) -> None:
    @router.get("/observations/{site}")
    async def one_site(site: str) -> SiteView:
        wanted = SiteId(site)
        async with store.database.transaction() as connection:
            if wanted not in await store.rota.look(connection, wanted):
                raise HTTPException(404, f"There is no site {site!r}.")
            last = await store.observations.last(connection, wanted)
            lately = await store.observations.history(connection, Wanted(wanted, room=ROOM))
        at = clock()
        return SiteView(
            site=site,
            observations=[ObservationView.of(known.observed, at) for known in last],
            history=[ObservationView.of(observed, at) for observed in lately],
        )

    @router.get("/sites/{site}/services/{service}/history")
    async def history(site: str, service: str, part: Annotated[Part, Query()]) -> ObservationsView:
        """Newest first; times have a zone, `from` is included and `until` is not."""
        place = SiteId(site), ServiceId(service)
        async with store.database.transaction() as connection:
            watched = (await store.rota.look(connection, place[0])).get(place[0])
            if watched is None or place[1] not in watched.services:
                raise HTTPException(404, f"There is no service {service!r} at a site {site!r}.")
            wanted = Wanted(*place, part.collector, part.since, part.until, part.limit)
            return ObservationsView.of(await store.observations.history(connection, wanted), clock())
