"""Reading: which sites there are, and what became of them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.cmdb.api.edge import Step, WhoMay
from services.cmdb.api.schemas import (
    HistoryView,
    PublicSite,
    PublicSitesView,
    RemovedThingsView,
    RemovedView,
    SitesView,
    SiteView,
)
from services.cmdb.api.shelf import Shelf, inside, known, looked_after
from services.cmdb.domain.service_types import SERVICE_TYPES
from services.cmdb.ports import Wanted
from shared.contracts.sites import ServiceStatus
from shared.contracts.topology import Json
from shared.contracts.vocabulary import SiteId
from shared.identity.caller import Caller

PAGE, MOST = 50, 1000
"""So many are on a page; so many may be asked for."""
Limit = Annotated[int, Query(ge=1, le=MOST)]


class Asked:
    """Which sites are asked for, by query parameters."""

    def __init__(
        self,
        *,
        country: str | None = None,
        issuer: str | None = None,
        type: str | None = None,
        status: ServiceStatus | None = None,
        region: str | None = None,
        backend: str | None = None,
        tag: str | None = None,
        group: Annotated[str | None, Query(description="a group that works in a project there")] = None,
    ) -> None:
        self.wanted = Wanted(country, issuer, type, status, region, backend, tag, group)


def reading_routes(who: WhoMay, shelf: Shelf) -> APIRouter:
    """`GET` of sites."""
    router = APIRouter(tags=["sites"])

    @router.get("/sites")
    async def sites(
        caller: Annotated[Caller | None, Depends(who)],
        asked: Annotated[Asked, Depends()],
        *,
        gpu: bool | None = None,
        removed: bool = False,
        after: str | None = None,
        limit: Limit = PAGE,
    ) -> SitesView | PublicSitesView:
        """Sites that are as asked; what is said of a service is of one and the same service."""
        if asked.wanted.group is not None or removed:
            known(caller)
        wanted = asked.wanted._replace(gpu=gpu, removed=removed, after=after, limit=limit + 1)
        async with shelf.database.transaction() as connection:
            found = await shelf.sites.look(connection, wanted)
        page, following = found[:limit], found[limit - 1].id if len(found) > limit else None
        if caller is None:
            return PublicSitesView(sites=[PublicSite.of(kept) for kept in page], next=following)
        return SitesView(sites=[SiteView.of(kept, inside=inside(caller, kept)) for kept in page], next=following)

    @router.get("/sites/{site}")
    async def one_site(
        caller: Annotated[Caller | None, Depends(who)], site: Step, response: Response, *, provenance: bool = False
    ) -> SiteView | PublicSite:
        """A site. Its ETag is the revision to send with a change."""
        kept = await shelf.site(site)
        response.headers["ETag"] = f'"{kept.revision}"'
        if caller is None:
            return PublicSite.of(kept)
        return SiteView.of(kept, inside=inside(caller, kept), provenance=provenance)

    @router.get("/service-types")
    async def service_types() -> dict[str, dict[str, Json]]:
        """The types of services that are known, and what holds for each where nobody says otherwise."""
        return {name: {"role": type.role, **type.defaults()} for name, type in SERVICE_TYPES.items()}

    _past_routes(router, who, shelf)
    return router


def _past_routes(router: APIRouter, who: WhoMay, shelf: Shelf) -> None:

    @router.get("/sites/{site}/history")
    async def history(
        caller: Annotated[Caller | None, Depends(who)], site: Step, before: int | None = None, limit: Limit = PAGE
    ) -> HistoryView:
        """Who changed what, when; for those who look after the site."""
        looked_after(caller, await shelf.site(site))
        async with shelf.database.transaction() as connection:
            return HistoryView.of(await shelf.archive.history(connection, SiteId(site), before, limit + 1), limit)

    @router.get("/sites/{site}/removed")
    async def removed_things(caller: Annotated[Caller | None, Depends(who)], site: Step) -> RemovedThingsView:
        """What was removed from the site lately; for those who look after it."""
        looked_after(caller, await shelf.site(site))
        async with shelf.database.transaction() as connection:
            tombstones = await shelf.archive.tombstones(connection, SiteId(site))
        return RemovedThingsView(removed=[RemovedView.of(tombstone) for tombstone in tombstones])
