"""`POST /deployments`: ask for a deployment."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from opentelemetry import trace

from services.gateway.api.addresses import BaseOf
from services.gateway.api.auth import group_of
from services.gateway.api.described import BEGUN, WAIT, DeploymentBody, also_reads, good, refusals
from services.gateway.api.preferences import tag, waited
from services.gateway.api.schemas import CreateDeployment, deployment_body
from services.gateway.app.accept import Acceptance, Accepted
from services.gateway.app.compile import Compiler
from services.gateway.app.look import Look
from services.gateway.app.plan import Planning
from services.gateway.domain.view import View
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.topology import Topology
from shared.contracts.vocabulary import CredentialRef, DeploymentId, PlanId, Revision
from shared.identity.caller import Caller
from shared.runtime.tracing import context_from, current_trace

WhoCalls = Callable[[Request], Awaitable[Caller]]
tracer = trace.get_tracer("corale.gateway")


class Asking(NamedTuple):
    """The use cases behind asking for a deployment."""

    compiler: Compiler
    planning: Planning
    acceptance: Acceptance
    look: Look


def asking_routes(who_calls: WhoCalls, asking: Asking, base_of: BaseOf) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/deployments", tags=["deployments"], responses=refusals(400, 403, 409, 413, 415, 422))
    answers = good(201, BEGUN, DeploymentBody, what="Asked for; nothing stands yet")

    @router.post("", status_code=201, response_model=None, responses=answers, openapi_extra=also_reads(Prefer=WAIT))
    async def create(
        body: CreateDeployment,
        request: Request,
        caller: Annotated[Caller, Depends(who_calls)],
        idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
    ) -> Response:
        """Ask for a deployment.

        With an `Idempotency-Key`, asking again answers with the same deployment; the key of another request is refused.
        With `Prefer: wait=N` the answer comes when the deployment stands or has failed, or after N seconds (at most
        60).
        """
        group = group_of(caller, body.user_group)
        compiler, planning, acceptance, look = asking
        with tracer.start_as_current_span("POST /deployments", context_from(request.headers)):
            compiled = compiler.compile(body.template, body.parameters)
            asked = _requested(body, caller, group, compiled.topology, compiled.template)
            if body.plan is not None:
                asked = await planning.as_planned(asked, PlanId(body.plan))
            accepted = Accepted(
                caller=caller,
                request=asked,
                secret_inputs=compiled.secret_values,
                callback=body.callback,
                key=idempotency_key,
                trace=current_trace(),
                parameters=body.parameters,
            )
            view = await acceptance.deploy(accepted)
        view, headers = await waited(request, caller, view, look)
        return shown(view, base_of(request), 201, headers)

    return router


def shown(view: View, base: str, code: int, headers: dict[str, str]) -> JSONResponse:
    """A deployment as an answer, with its version as `ETag`."""
    return JSONResponse(deployment_body(view, base), code, {**headers, "etag": tag(view)})


def _requested(
    body: CreateDeployment, caller: Caller, group: str | None, topology: Topology, template: str
) -> DeploymentRequested:
    return DeploymentRequested(
        deployment_id=DeploymentId(str(uuid.uuid4())),
        revision=Revision(1),
        owner=caller.principal,
        user_group=group,
        credential=CredentialRef(str(uuid.uuid4())),
        topology=topology,
        template=template,
        limits=body.limits,
        wishes=body.placement.wishes,
    )
