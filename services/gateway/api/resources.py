"""`/deployments/{id}/resources`: what stands, piece by piece, and what can be done to it."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.api.addresses import BaseOf
from services.gateway.api.deployments import WhoCalls
from services.gateway.api.described import (
    MACHINE,
    VERSION,
    ResourceBody,
    ResourcePage,
    a_page,
    also_reads,
    good,
    refusals,
)
from services.gateway.api.paging import Window, asked_again, page_body, sliced, window_of
from services.gateway.api.preferences import wanted_versions
from services.gateway.api.problems import Awkward
from services.gateway.api.schemas import PerformAction, resource_body
from services.gateway.app.change import Ask
from services.gateway.app.resources import Resources, revealing
from services.gateway.domain.resources import Piece
from services.gateway.domain.view import View
from shared.contracts.vocabulary import DeploymentId
from shared.identity.caller import Caller
from shared.runtime.tracing import current_trace

Type = Annotated[str | None, Query(max_length=1000, description="of this TOSCA type or one derived from it")]
ALL = "{type}"
"""What stands in our own links for the type: a client that follows one as it is asks for every type."""


def resource_routes(who_calls: WhoCalls, resources: Resources, base_of: BaseOf) -> APIRouter:
    """Looking at what stands."""
    router = APIRouter(
        prefix="/deployments/{deployment}/resources", tags=["resources"], responses=refusals(400, 403, 404)
    )

    @router.get("", response_model=None, responses=good(200, a_page(MACHINE, "resources"), ResourcePage))
    async def list_all(
        deployment: str,
        request: Request,
        caller: Annotated[Caller, Depends(who_calls)],
        asked: Annotated[Window, Depends(window_of)],
        type: Type = None,
    ) -> Response:
        """A page of resources; of one type all on one page."""
        view, found = await resources.all(caller, DeploymentId(deployment))
        window = asked
        if type and type != ALL:
            found = [piece for piece in found if piece.is_a(type)]
            window = Window(0, max(1, len(found)), alone=True)
        base = base_of(request)
        content = _bodies(caller, view, sliced(found, window), base)
        address = f"{base}/deployments/{view.id}/resources?{asked_again(request, ['type'])}"
        return JSONResponse(page_body(content, len(found), address, window))

    _filter_route(router, who_calls, resources, base_of)

    @router.get("/{resource}", response_model=None, responses=good(200, MACHINE, ResourceBody))
    async def show(
        deployment: str, resource: str, request: Request, caller: Annotated[Caller, Depends(who_calls)]
    ) -> Response:
        """One of them."""
        view, piece = await resources.one(caller, DeploymentId(deployment), resource)
        (body,) = _bodies(caller, view, [piece], base_of(request))
        return JSONResponse(body)

    return router


def _filter_route(router: APIRouter, who_calls: WhoCalls, resources: Resources, base_of: BaseOf) -> None:
    @router.get("/filter", responses=good(200, [MACHINE]))
    async def of_a_type(
        deployment: str,
        request: Request,
        caller: Annotated[Caller, Depends(who_calls)],
        type: Type = None,
    ) -> list[ResourceBody]:
        """Every resource of a type, in a list without pages."""
        if not type or not type.strip():
            raise Awkward("Required String parameter 'type' cannot be empty")
        view, found = await resources.all(caller, DeploymentId(deployment))
        kept = [piece for piece in found if piece.is_a(type.strip())]
        return [ResourceBody(**body) for body in _bodies(caller, view, kept, base_of(request))]


def action_routes(who_calls: WhoCalls, resources: Resources, base_of: BaseOf) -> APIRouter:
    """Doing something to it."""
    router = APIRouter(
        prefix="/deployments/{deployment}/resources/{resource}/actions",
        tags=["resources"],
        responses=refusals(400, 403, 404, 409, 412, 413, 415),
    )

    @router.post(
        "",
        status_code=202,
        response_model=None,
        responses=good(202, MACHINE, ResourceBody),
        openapi_extra=also_reads(If_Match=VERSION),
    )
    async def act(
        deployment: str,
        resource: str,
        body: PerformAction,
        request: Request,
        caller: Annotated[Caller, Depends(who_calls)],
    ) -> Response:
        """Start, stop or restart a machine; its state shows when that is done."""
        ask = Ask(caller, DeploymentId(deployment), current_trace(), wanted_versions(request))
        view, piece = await resources.act(ask, resource, body.type)
        (shown,) = _bodies(caller, view, [piece], base_of(request))
        return JSONResponse(shown, 202)

    return router


def _bodies(caller: Caller, view: View, found: Sequence[Piece], base: str) -> list[dict[str, Any]]:
    reveal = revealing(caller, view, found)
    return [resource_body(view, piece, base, reveal=reveal) for piece in found]
