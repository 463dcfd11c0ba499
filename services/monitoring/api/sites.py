"""Who asks how sites and services are doing, all collectors together, is answered from the store."""

from fastapi import APIRouter, HTTPException

from services.monitoring.api.schemas import ServicesView, ServiceView, SiteStandingView, SitesView
from services.monitoring.app.standings import Standings
from services.monitoring.domain.service import ServiceStanding
from services.monitoring.domain.standing import worst
from shared.contracts.sites import Availability, Health
from shared.contracts.vocabulary import SiteId


def site_routes(standings: Standings) -> APIRouter:
    """`/sites`, `/sites/{site}`, `/services`, `/sites/{site}/services/{service}` and its `/availability`."""
    router = APIRouter()
    _of_sites(router, standings)
    _of_services(router, standings)
    return router


def _of_sites(router: APIRouter, standings: Standings) -> None:
    @router.get("/sites")
    async def all_sites() -> SitesView:
        found = await standings.sites()
        return SitesView(sites=[_site(standings, site, found[site]) for site in sorted(found)])

    @router.get("/sites/{site}")
    async def one_site(site: str) -> SiteStandingView:
        found = await standings.sites(SiteId(site))
        if SiteId(site) not in found:
            raise HTTPException(404, f"There is no site {site!r}.")
        return _site(standings, site, found[SiteId(site)])


def _of_services(router: APIRouter, standings: Standings) -> None:
    @router.get("/services")
    async def all_services(health: Health | None = None, type: str | None = None) -> ServicesView:
        """All of them, or those of one health or one type."""
        found = [ServiceView.of(standing, standings.clock()) for standing in await standings.services()]
        wanted = [one for one in found if health in (None, one.health) and type in (None, one.type)]
        return ServicesView(services=wanted)

    @router.get("/sites/{site}/services/{service}")
    async def one_service(site: str, service: str) -> ServiceView:
        return await _service(standings, site, service)

    @router.get("/sites/{site}/services/{service}/availability")
    async def availability(site: str, service: str) -> dict[str, Availability]:
        """The shares as each collector counted them, and `all`: the lowest of them."""
        found = await _service(standings, site, service)
        return {"all": found.availability, **{seen.collector: seen.availability for seen in found.observations}}


def _site(standings: Standings, site: str, services: list[ServiceStanding]) -> SiteStandingView:
    views = [ServiceView.of(standing, standings.clock()) for standing in services]
    return SiteStandingView(site=site, health=worst(one.health for one in views), services=views)


async def _service(standings: Standings, site: str, service: str) -> ServiceView:
    for standing in (await standings.sites(SiteId(site))).get(SiteId(site), []):
        if standing.target.service == service:
            return ServiceView.of(standing, standings.clock())
    raise HTTPException(404, f"There is no service {service!r} at a site {site!r}.")
