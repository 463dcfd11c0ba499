"""`/schedules`: deployments that follow data. There are none; clients that ask are told so in their own words."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.api.addresses import BaseOf
from services.gateway.api.deployments import WhoCalls
from services.gateway.api.described import good, refusals
from services.gateway.api.paging import Window, asked_again, page_body, window_of
from shared.identity.caller import Caller

EMPTY = {
    "content": [],
    "links": [],
    "page": {"size": 10, "totalElements": 0, "totalPages": 0, "number": 0},
}
NONE = good(200, {}, what="Never: there is none")


def schedule_routes(who_calls: WhoCalls, base_of: BaseOf) -> APIRouter:
    """The read side."""
    router = APIRouter(prefix="/schedules", tags=["schedules"], responses=refusals(400, 404))

    @router.get("", response_model=None, responses=good(200, EMPTY))
    async def list_all(
        request: Request, _: Annotated[Caller, Depends(who_calls)], window: Annotated[Window, Depends(window_of)]
    ) -> Response:
        """A page of schedules: an empty one."""
        address = f"{base_of(request)}/schedules?{asked_again(request, ['createdBy'])}"
        return JSONResponse(page_body([], 0, address, window))

    @router.get("/{schedule}", response_model=None, responses=NONE)
    @router.get("/{schedule}/events", response_model=None, responses=NONE)
    @router.get("/{schedule}/template", response_model=None, responses=NONE)
    async def show(schedule: str, _: Annotated[Caller, Depends(who_calls)]) -> Response:
        """There is none."""
        raise HTTPException(404, f"The replication schedule <{schedule}> doesn't exist")

    return router
