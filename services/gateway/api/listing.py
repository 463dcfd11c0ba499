"""`GET /deployments`, `/deployments/{id}`, its template."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from services.gateway.api.addresses import BaseOf
from services.gateway.api.deployments import WhoCalls, shown
from services.gateway.api.described import (
    DEPLOYMENT,
    WAIT,
    DeploymentBody,
    DeploymentPage,
    a_page,
    also_reads,
    good,
    refusals,
    text,
)
from services.gateway.api.paging import Window, asked_again, page_body, sorting, window_of
from services.gateway.api.preferences import waited
from services.gateway.api.problems import Awkward
from services.gateway.api.schemas import deployment_body
from services.gateway.app.look import Look
from services.gateway.domain.view import Status
from services.gateway.ports import Question
from shared.contracts.vocabulary import DeploymentId, Principal
from shared.identity.caller import Caller

ME = "me"
STATUSES = {*Status, "UNKNOWN"}
REPEATED = ("createdBy", "userGroup", "excludedStatus", "sort")


class Filters:
    """Which deployments a list is to show."""

    def __init__(
        self,
        created_by: Annotated[
            str | None, Query(alias="createdBy", max_length=2000, description="`me`, or `subject@issuer`")
        ] = None,
        user_group: Annotated[str | None, Query(alias="userGroup", max_length=2000)] = None,
        excluded_status: Annotated[
            str | None, Query(alias="excludedStatus", max_length=2000, description="statuses, with commas between")
        ] = None,
        sort: Annotated[
            str | None,
            Query(max_length=100, description="`createdAt`, `updatedAt` or `status`, then `,asc` or `,desc`"),
        ] = None,
    ) -> None:
        """As the query has them. Raises `Awkward` for a status that there is not."""
        self.created_by = created_by
        self.group = user_group.removeprefix("/") if user_group else None
        self.sort = sort
        self.excluded = tuple(word.strip().upper() for word in (excluded_status or "").split(",") if word.strip())
        if strange := [word for word in self.excluded if word not in STATUSES]:
            raise Awkward(f"Value {strange[0]} for param excludedStatus is illegal: it is one of {', '.join(Status)}.")


def looking_routes(who_calls: WhoCalls, look: Look, base_of: BaseOf) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/deployments", tags=["deployments"], responses=refusals(400, 403, 404))
    _list_route(router, who_calls, look, base_of)

    @router.get(
        "/{deployment}",
        response_model=None,
        responses=good(200, DEPLOYMENT, DeploymentBody),
        openapi_extra=also_reads(Prefer=WAIT),
    )
    async def show(deployment: str, request: Request, caller: Annotated[Caller, Depends(who_calls)]) -> Response:
        """One deployment. With `Prefer: wait=N` the answer comes when nobody is at work on it any more."""
        view = await look.whole(caller, DeploymentId(deployment))
        view, headers = await waited(request, caller, view, look)
        return shown(view, base_of(request), 200, headers)

    template_told = text("tosca_definitions_version: tosca_simple_yaml_1_0", "TOSCA")

    @router.get("/{deployment}/template", response_class=PlainTextResponse, responses=template_told)
    async def template(deployment: str, caller: Annotated[Caller, Depends(who_calls)]) -> str:
        """The template with its inputs filled in; secret inputs stay placeholders."""
        return await look.template(caller, DeploymentId(deployment))

    return router


def _list_route(router: APIRouter, who_calls: WhoCalls, look: Look, base_of: BaseOf) -> None:
    answers = good(200, a_page(DEPLOYMENT, "deployments"), DeploymentPage)

    @router.get("", response_model=None, responses=answers)
    async def list_all(
        request: Request,
        caller: Annotated[Caller, Depends(who_calls)],
        filters: Annotated[Filters, Depends()],
        window: Annotated[Window, Depends(window_of)],
    ) -> Response:
        """Deployments: one's own, with `userGroup` those of a group of one's own, for administrators all.

        Deleted ones are among them unless `excludedStatus` says otherwise.
        """
        by, down = sorting(filters.sort)
        question = Question(
            issuer=caller.principal.issuer,
            user_group=filters.group,
            excluded=filters.excluded,
            page=window.number,
            size=window.size,
            sorted_by=by,
            descending=down,
        )
        found = await look.page(caller, _created_by(filters.created_by, caller), question)
        base = base_of(request)
        content = [deployment_body(view, base) for view in found.views]
        address = f"{base}/deployments?{asked_again(request, REPEATED)}"
        return JSONResponse(page_body(content, found.total, address, window))


def _created_by(asked: str | None, caller: Caller) -> Principal | None:
    """Whose deployments are asked for. A subject may hold an `@`, an issuer may not."""
    if not asked:
        return None
    if asked.strip().lower() == ME:
        return caller.principal
    subject, at, issuer = asked.strip().rpartition("@")
    if not (at and subject and issuer):
        raise Awkward(f"Value {asked} for param createdBy is illegal: it is `me`, or `subject@issuer`.")
    return Principal(issuer=issuer, subject=subject)
