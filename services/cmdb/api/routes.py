"""Who asks what sites there are is answered from the store."""

from fastapi import APIRouter, HTTPException

from services.cmdb.api.schemas import SitesView, SiteView
from services.cmdb.ports import Sites
from shared.contracts.vocabulary import SiteId
from shared.messaging.database import Database


def routes(database: Database, sites: Sites) -> APIRouter:
    """The read API."""
    router = APIRouter()

    @router.get("/sites")
    async def all_sites() -> SitesView:
        async with database.transaction() as connection:
            return SitesView(sites=[SiteView.of(kept) for kept in await sites.look(connection)])

    @router.get("/sites/{site}")
    async def one_site(site: str) -> SiteView:
        async with database.transaction() as connection:
            found = await sites.look(connection, SiteId(site))
        if not found:
            raise HTTPException(404, f"There is no site {site!r}.")
        return SiteView.of(found[0])

    return router
