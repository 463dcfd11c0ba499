"""Changing: creating, patching and removing sites and things in them. What is said here is said over all else.

A change names the revision that was read, so that of two who change a site at once only one does and the other is told.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from services.cmdb.api.edge import Step, editor_of, read_at, sent
from services.cmdb.api.schemas import SiteView
from services.cmdb.api.shelf import Shelf, inside
from services.cmdb.api.things import Where
from services.cmdb.app.editing import Editing, Place
from services.cmdb.domain.merging import NAMED_BY
from services.cmdb.domain.pointers import Steps, steps_of
from shared.contracts.topology import Json
from shared.contracts.vocabulary import SiteId
from shared.identity.caller import Caller
from shared.runtime.yaml_files.reading import ENTRY_NAME

WhoCalls = Callable[[Request], Awaitable[Caller]]
_OBJECT = {"schema": {"type": "object", "additionalProperties": True}}
BODY: dict[str, Json] = {"requestBody": {"required": True, "content": {"application/json": _OBJECT}}}
PATCH: dict[str, Json] = {"requestBody": {"required": True, "content": {"application/merge-patch+json": _OBJECT}}}


class Desk:
    """Takes what was sent to the use cases and shows what the site is after it."""

    def __init__(self, editing: Editing, shelf: Shelf) -> None:
        self.editing = editing
        self._shelf = shelf

    async def shown(self, site: str, caller: Caller, response: Response) -> SiteView:
        """The site as it is now, with its revision as ETag."""
        kept = await self._shelf.site(site)
        response.headers["ETag"] = f'"{kept.revision}"'
        return SiteView.of(kept, inside=inside(caller, kept))

    async def patch(self, request: Request, caller: Caller, site: str, steps: Steps) -> None:
        """Say what was sent of a place."""
        patch = await sent(request)
        place = Place(SiteId(site), steps, read_at(request, patch))
        if steps:
            _same_name(steps[-2], steps[-1], patch)
        await self.editing.patch(editor_of(caller), place, patch)

    async def add(self, request: Request, caller: Caller, site: str, above: Steps) -> None:
        """Add what was sent under a place."""
        thing = await sent(request)
        revision, by = read_at(request, thing), NAMED_BY[above[-1]]
        name = thing.get(by)
        if not isinstance(name, str) or not name:
            raise HTTPException(422, f"/{by}: is missing; allowed: text that names it.")
        await self.editing.add(editor_of(caller), Place(SiteId(site), (*above, name), revision), thing)

    async def remove(self, request: Request, caller: Caller, site: str, steps: Steps) -> None:
        """Remove a thing."""
        await self.editing.remove(editor_of(caller), Place(SiteId(site), steps, read_at(request)))


def changing_routes(who: WhoCalls, desk: Desk) -> APIRouter:
    """`POST`, `PATCH` and `DELETE` of sites, and taking back what was said."""
    router = APIRouter(tags=["changing sites"])

    @router.post("/sites", status_code=201, openapi_extra=BODY)
    async def create(request: Request, response: Response, caller: Annotated[Caller, Depends(who)]) -> SiteView:
        """A new site, for administrators. Whoever creates it owns it unless `owners` are named."""
        document = await sent(request)
        site = document.pop("id", None)
        if not isinstance(site, str) or not ENTRY_NAME.fullmatch(site):
            raise HTTPException(422, "/id: allowed: letters, digits, dot, dash and underscore, at most 63.")
        await desk.editing.create(editor_of(caller), SiteId(site), document)
        response.headers["Location"] = f"/sites/{site}"
        return await desk.shown(site, caller, response)

    @router.patch("/sites/{site}", openapi_extra=PATCH)
    async def patch(
        request: Request, response: Response, site: Step, caller: Annotated[Caller, Depends(who)]
    ) -> SiteView:
        """A merge patch (RFC 7396) in which lists of named things are matched by name; null hides a field."""
        await desk.patch(request, caller, site, ())
        return await desk.shown(site, caller, response)

    @router.delete("/sites/{site}", status_code=204)
    async def remove(request: Request, site: Step, caller: Annotated[Caller, Depends(who)]) -> None:
        """Remove a site that was created here, for administrators."""
        await desk.editing.remove_site(editor_of(caller), Place(SiteId(site), (), read_at(request)))

    _take_back_route(router, who, desk)
    return router


def changing_things_routes(who: WhoCalls, desk: Desk) -> APIRouter:
    """The same for services and what they have."""
    router = APIRouter(tags=["changing sites"])

    @router.post("/sites/{site}/services", status_code=201, openapi_extra=BODY)
    async def add_service(
        request: Request, response: Response, site: Step, caller: Annotated[Caller, Depends(who)]
    ) -> SiteView:
        """A new service, for owners of the site."""
        await desk.add(request, caller, site, ("services",))
        return await desk.shown(site, caller, response)

    @router.patch("/sites/{site}/services/{service}", openapi_extra=PATCH)
    async def patch_service(
        request: Request, response: Response, site: Step, service: Step, caller: Annotated[Caller, Depends(who)]
    ) -> SiteView:
        """See `PATCH /sites/{site}`."""
        await desk.patch(request, caller, site, ("services", service))
        return await desk.shown(site, caller, response)

    @router.delete("/sites/{site}/services/{service}", status_code=204)
    async def remove_service(
        request: Request, site: Step, service: Step, caller: Annotated[Caller, Depends(who)]
    ) -> None:
        """Remove a service with all it has, and those whose parent it is."""
        await desk.remove(request, caller, site, ("services", service))

    @router.post("/sites/{site}/services/{service}/{field}", status_code=201, openapi_extra=BODY)
    async def add_thing(
        request: Request,
        response: Response,
        where: Annotated[Where, Depends()],
        caller: Annotated[Caller, Depends(who)],
    ) -> SiteView:
        """A new image, flavour, network, volume type or project."""
        await desk.add(request, caller, where.site, ("services", where.service, where.field))
        return await desk.shown(where.site, caller, response)

    @router.patch("/sites/{site}/services/{service}/{field}/{name}", openapi_extra=PATCH)
    async def patch_thing(
        request: Request,
        response: Response,
        where: Annotated[Where, Depends()],
        name: Step,
        caller: Annotated[Caller, Depends(who)],
    ) -> SiteView:
        """See `PATCH /sites/{site}`."""
        await desk.patch(request, caller, where.site, ("services", where.service, where.field, name))
        return await desk.shown(where.site, caller, response)

    @router.delete("/sites/{site}/services/{service}/{field}/{name}", status_code=204)
    async def remove_thing(
        request: Request, where: Annotated[Where, Depends()], name: Step, caller: Annotated[Caller, Depends(who)]
    ) -> None:
        """Remove one of them."""
        await desk.remove(request, caller, where.site, ("services", where.service, where.field, name))

    return router


def _take_back_route(router: APIRouter, who: WhoCalls, desk: Desk) -> None:
    @router.delete("/sites/{site}/overrides")
    async def take_back(
        request: Request,
        response: Response,
        site: Step,
        caller: Annotated[Caller, Depends(who)],
        at: Annotated[str, Query(description="a pointer as in the provenance, such as /services/nova/quota")],
    ) -> SiteView:
        """Take back what was said here of a place: what the folder and discovery say of it holds again."""
        try:
            steps = steps_of(at)
        except ValueError as problem:
            raise HTTPException(400, f"at: {problem}.") from problem
        if not steps:
            raise HTTPException(400, "at: a pointer to a place in the site is needed, such as /services/nova/quota.")
        await desk.editing.take_back(editor_of(caller), Place(SiteId(site), steps, read_at(request)))
        return await desk.shown(site, caller, response)


def _same_name(field: str, name: str, patch: dict[str, Json]) -> None:
    by = NAMED_BY[field]
    if patch.get(by, name) != name:
        raise HTTPException(422, f"/{by}: found {patch[by]!r}; allowed: {name!r}, which cannot change.")
