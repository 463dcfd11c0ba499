"""Navigating: from a site to its services, from a service to what it has."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Response

from services.cmdb.api.edge import Step, WhoMay
from services.cmdb.api.schemas import ThingsView, service_view
from services.cmdb.api.shelf import Shelf, inside, known
from services.cmdb.api.sites import PAGE, Limit
from services.cmdb.domain.merging import NAMED_BY
from services.cmdb.ports import Kept
from shared.contracts.topology import Json
from shared.identity.caller import Caller

SiteField = Literal["regions", "identity_providers"]
ServiceField = Literal["images", "flavours", "networks", "volume_types", "projects"]
Things = dict[str, dict[str, Json]]


class Where:
    """A kind of thing of a service, by path."""

    def __init__(self, site: Step, service: Step, field: ServiceField) -> None:
        self.site = site
        self.service = service
        self.field = field


def things_routes(who: WhoMay, shelf: Shelf) -> APIRouter:
    """`GET` of things in a site. Nobody without a token sees any."""
    router = APIRouter(tags=["things of a site"])

    async def services_of(caller: Caller | None, site: str, response: Response) -> Things:
        somebody, kept = known(caller), await shelf.site(site)
        response.headers["ETag"] = f'"{kept.revision}"'
        return _services(kept, somebody)

    @router.get("/sites/{site}/services")
    async def services(
        caller: Annotated[Caller | None, Depends(who)],
        site: Step,
        response: Response,
        after: str | None = None,
        limit: Limit = PAGE,
    ) -> ThingsView:
        """The services of a site."""
        return _page(await services_of(caller, site, response), after, limit)

    @router.get("/sites/{site}/services/{service}")
    async def one_service(
        caller: Annotated[Caller | None, Depends(who)], site: Step, service: Step, response: Response
    ) -> dict[str, Json]:
        """A service."""
        return _one(await services_of(caller, site, response), service)

    @router.get("/sites/{site}/services/{service}/{field}")
    async def things(
        caller: Annotated[Caller | None, Depends(who)],
        where: Annotated[Where, Depends()],
        response: Response,
        after: str | None = None,
        limit: Limit = PAGE,
    ) -> ThingsView:
        """What a service has of one kind."""
        found = _one(await services_of(caller, where.site, response), where.service)
        return _page(_by_name(where.field, found[where.field]), after, limit)

    @router.get("/sites/{site}/services/{service}/{field}/{name}")
    async def one_thing(
        caller: Annotated[Caller | None, Depends(who)],
        where: Annotated[Where, Depends()],
        name: Step,
        response: Response,
    ) -> dict[str, Json]:
        """One thing that a service has."""
        found = _one(await services_of(caller, where.site, response), where.service)
        return _one(_by_name(where.field, found[where.field]), name)

    _route_of_the_site(router, who, shelf)
    return router


def _route_of_the_site(router: APIRouter, who: WhoMay, shelf: Shelf) -> None:
    @router.get("/sites/{site}/{field}")
    async def of_the_site(caller: Annotated[Caller | None, Depends(who)], site: Step, field: SiteField) -> ThingsView:
        """The regions with their locations, or the identity providers with protocol and audience."""
        known(caller)
        record = (await shelf.site(site)).record.model_dump(mode="json")
        if field == "regions":
            return ThingsView(entries=[{"name": name, **region} for name, region in record["regions"].items()])
        return ThingsView(entries=record["identity_providers"])


def _services(kept: Kept, caller: Caller) -> Things:
    shown = [service_view(service, kept, inside=inside(caller, kept)) for service in kept.record.services]
    return {service.id: service.model_dump(mode="json") for service in shown}


def _by_name(field: str, things: Sequence[dict[str, Json]]) -> Things:
    return {thing[NAMED_BY[field]]: thing for thing in things}


def _one(things: Mapping[str, dict[str, Json]], name: str) -> dict[str, Json]:
    if name not in things:
        raise HTTPException(404, f"There is nothing called {name!r} here.")
    return things[name]


def _page(things: Things, after: str | None, limit: int) -> ThingsView:
    names = sorted(name for name in things if after is None or name > after)
    return ThingsView(
        entries=[things[name] for name in names[:limit]], next=names[limit - 1] if len(names) > limit else None
    )
