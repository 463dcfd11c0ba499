"""`/deployments/{id}`: change, reset, delete."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from opentelemetry import trace

from services.gateway.api.deployments import WhoCalls, base_of
from services.gateway.api.schemas import CreateDeployment, Reset, deployment_body
from services.gateway.app.change import Ask, Changes, NewForm
from services.gateway.app.compile import Compiler
from shared.contracts.vocabulary import DeploymentId
from shared.identity.caller import Caller
from shared.runtime.tracing import context_from, current_trace

tracer = trace.get_tracer("corale.gateway")


def changing_routes(who_calls: WhoCalls, compiler: Compiler, changes: Changes, public_url: str) -> APIRouter:
    """Wishes about what is there; `public_url` is where clients see the gateway."""
    router = APIRouter(prefix="/deployments", tags=["deployments"])

    @router.put("/{deployment}", status_code=202)
    async def update(
        deployment: str, body: CreateDeployment, request: Request, caller: Annotated[Caller, Depends(who_calls)]
    ) -> dict[str, object]:
        """Ask for a standing deployment to become what this template says, where it is."""
        with tracer.start_as_current_span("PUT /deployments", context_from(request.headers)):
            compiled = compiler.compile(body.template, body.parameters)
            form = NewForm(compiled.topology, compiled.template, body.limits, compiled.secret_values)
            view = await changes.update(Ask(caller, DeploymentId(deployment), current_trace()), form)
        return deployment_body(view, base_of(request, public_url))

    @router.patch("/{deployment}", status_code=204)
    async def reset(deployment: str, _: Reset, caller: Annotated[Caller, Depends(who_calls)]) -> Response:
        """Ask not to wait any longer for a deletion: `{"status": "DELETE_FAILED"}`."""
        await changes.reset(Ask(caller, DeploymentId(deployment), current_trace()))
        return Response(status_code=204)

    @router.delete("/{deployment}", status_code=204)
    async def delete(
        deployment: str, request: Request, caller: Annotated[Caller, Depends(who_calls)], *, force: bool = False
    ) -> Response:
        """Ask for a deployment to go."""
        with tracer.start_as_current_span("DELETE /deployments", context_from(request.headers)):
            await changes.delete(Ask(caller, DeploymentId(deployment), current_trace()), force=force)
        return Response(status_code=204)

    return router
