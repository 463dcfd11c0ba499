"""`/deployments/{id}`: change, reset, delete."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from opentelemetry import trace

from services.gateway.api.addresses import BaseOf
from services.gateway.api.deployments import WhoCalls, shown
from services.gateway.api.described import BEGUN, VERSION, WAIT, DeploymentBody, also_reads, good, nothing, refusals
from services.gateway.api.preferences import waited, wanted_versions
from services.gateway.api.schemas import CreateDeployment, Reset
from services.gateway.app.change import Ask, Changes
from services.gateway.app.look import Look
from services.gateway.app.reshape import Reshaping, Wanted
from shared.contracts.vocabulary import DeploymentId
from shared.identity.caller import Caller
from shared.runtime.tracing import context_from, current_trace

tracer = trace.get_tracer("corale.gateway")
UPDATED = {**BEGUN, "status": "UPDATE_IN_PROGRESS", "task": "DEPLOYER"}
WAIT_LIMITS = refusals(400, 403, 404, 409, 412, 413, 415)


def updating_routes(who_calls: WhoCalls, reshaping: Reshaping, look: Look, base_of: BaseOf) -> APIRouter:
    """Becoming something else."""
    router = APIRouter(prefix="/deployments", tags=["deployments"], responses=WAIT_LIMITS)

    @router.put(
        "/{deployment}",
        status_code=202,
        response_model=None,
        responses=good(202, UPDATED, DeploymentBody),
        openapi_extra=also_reads(Prefer=WAIT, If_Match=VERSION),
    )
    async def update(
        deployment: str, body: CreateDeployment, request: Request, caller: Annotated[Caller, Depends(who_calls)]
    ) -> Response:
        """Ask for a standing deployment to become what this template says, where it is.

        Parameters that are not given stay as they were, except secret ones. Machines that are to go are named by their
        resources' ids in `removal_list`.
        """
        with tracer.start_as_current_span("PUT /deployments", context_from(request.headers)):
            ask = Ask(caller, DeploymentId(deployment), current_trace(), wanted_versions(request))
            view = await reshaping.update(ask, Wanted(body.template, body.parameters, body.limits, body.callback))
        view, headers = await waited(request, caller, view, look)
        return shown(view, base_of(request), 202, headers)

    return router


def changing_routes(who_calls: WhoCalls, changes: Changes, look: Look) -> APIRouter:
    """Going away."""
    router = APIRouter(prefix="/deployments", tags=["deployments"], responses=WAIT_LIMITS)

    @router.patch(
        "/{deployment}",
        status_code=204,
        responses=nothing("Nobody waits for the deletion any more"),
        openapi_extra=also_reads(If_Match=VERSION),
    )
    async def reset(
        deployment: str, _: Reset, request: Request, caller: Annotated[Caller, Depends(who_calls)]
    ) -> Response:
        """Ask not to wait any longer for a deletion: `{"status": "DELETE_FAILED"}`."""
        await changes.reset(Ask(caller, DeploymentId(deployment), current_trace(), wanted_versions(request)))
        return Response(status_code=204)

    @router.delete(
        "/{deployment}",
        status_code=204,
        responses=nothing("Asked for; `GET` shows how far it is"),
        openapi_extra=also_reads(Prefer=WAIT, If_Match=VERSION),
    )
    async def delete(
        deployment: str,
        request: Request,
        caller: Annotated[Caller, Depends(who_calls)],
        force: Annotated[bool, Query(description="give up what cannot be removed properly")] = False,  # noqa: FBT002
    ) -> Response:
        """Ask for a deployment to go. A body is ignored."""
        with tracer.start_as_current_span("DELETE /deployments", context_from(request.headers)):
            ask = Ask(caller, DeploymentId(deployment), current_trace(), wanted_versions(request))
            view = await changes.delete(ask, force=force)
        _, headers = await waited(request, caller, view, look)
        return Response(status_code=204, headers=headers)

    return router
