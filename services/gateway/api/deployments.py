"""`/deployments`: create, list, look, delete."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import PlainTextResponse
from opentelemetry import trace

from services.gateway.api.auth import group_of
from services.gateway.api.schemas import CreateDeployment, deployment_body, page_body
from services.gateway.app.accept import Acceptance, Accepted
from services.gateway.app.compile import Compiler
from services.gateway.app.look import Look
from services.gateway.app.plan import Planning
from services.gateway.ports import Question
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.topology import Topology
from shared.contracts.vocabulary import CredentialRef, DeploymentId, PlanId, Revision
from shared.identity.caller import Caller
from shared.runtime.tracing import context_from, current_trace

WhoCalls = Callable[[Request], Awaitable[Caller]]
MOST_AT_ONCE = 2000
tracer = trace.get_tracer("corale.gateway")


class Asking(NamedTuple):
    """The use cases behind asking for a deployment."""

    compiler: Compiler
    planning: Planning
    acceptance: Acceptance


def asking_routes(who_calls: WhoCalls, asking: Asking, public_url: str) -> APIRouter:
    """Creating; `public_url` is where clients see the gateway, empty to believe the request."""
    router = APIRouter(prefix="/deployments", tags=["deployments"])
    compiler, planning, acceptance = asking

    @router.post("", status_code=201)
    async def create(
        body: CreateDeployment,
        request: Request,
        caller: Annotated[Caller, Depends(who_calls)],
        idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
    ) -> dict[str, object]:
        """Ask for a deployment. With an `Idempotency-Key`, asking again answers with the same deployment."""
        group = group_of(caller, body.user_group)
        with tracer.start_as_current_span("POST /deployments", context_from(request.headers)):
            compiled = compiler.compile(body.template, body.parameters)
            asked = _requested(body, caller, group, compiled.topology, compiled.template)
            if body.plan is not None:
                asked = await planning.as_planned(asked, PlanId(body.plan))
            view = await acceptance.deploy(
                Accepted(caller, asked, compiled.secret_values, body.callback, idempotency_key, current_trace())
            )
        return deployment_body(view, base_of(request, public_url))

    return router


def looking_routes(who_calls: WhoCalls, look: Look, public_url: str) -> APIRouter:
    """Reading; `public_url` as above."""
    router = APIRouter(prefix="/deployments", tags=["deployments"])

    @router.get("")
    async def list_own(
        request: Request,
        caller: Annotated[Caller, Depends(who_calls)],
        page: Annotated[int, Query(ge=0)] = 0,
        size: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)] = 10,
    ) -> dict[str, object]:
        """The caller's deployments, newest first."""
        asked = request.query_params
        question = Question(
            owner=caller.principal,
            user_group=asked.get("userGroup"),
            excluded=tuple(filter(None, asked.get("excludedStatus", "").split(","))),
            page=page,
            size=size,
            newest_first=not asked.get("sort", "").endswith(",asc"),
        )
        found = await look.page(question)
        base = base_of(request, public_url)
        kept = "".join(f"{name}={asked[name]}&" for name in ("userGroup", "excludedStatus", "sort") if name in asked)
        content = [deployment_body(view, base) for view in found.views]
        return page_body(content, found.total, f"{base}/deployments?{kept}", page=page, size=size)

    @router.get("/{deployment}")
    async def show(
        deployment: str, request: Request, caller: Annotated[Caller, Depends(who_calls)]
    ) -> dict[str, object]:
        """One deployment."""
        return deployment_body(await look.whole(caller, DeploymentId(deployment)), base_of(request, public_url))

    @router.get("/{deployment}/template", response_class=PlainTextResponse)
    async def template(deployment: str, caller: Annotated[Caller, Depends(who_calls)]) -> str:
        """The template with its inputs filled in; secret inputs stay placeholders."""
        return await look.template(caller, DeploymentId(deployment))

    return router


def base_of(request: Request, public_url: str) -> str:
    """Where clients see the gateway: as configured, else as the request says."""
    return public_url.rstrip("/") or str(request.base_url).rstrip("/")


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
