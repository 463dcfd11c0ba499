"""`/deployments`: create, list, look, delete."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import PlainTextResponse
from opentelemetry import trace

from services.gateway.api.auth import group_of
from services.gateway.api.schemas import CreateDeployment, Reset, deployment_body, page_body
from services.gateway.app.accept import Acceptance, Accepted
from services.gateway.app.change import Ask, Changes, NewForm
from services.gateway.app.compile import Compiler
from services.gateway.app.look import Look
from services.gateway.ports import Question
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.topology import Topology
from shared.contracts.vocabulary import CredentialRef, DeploymentId, Limits, Revision
from shared.identity.caller import Caller
from shared.runtime.tracing import context_from, current_trace

WhoCalls = Callable[[Request], Awaitable[Caller]]
MOST_AT_ONCE = 2000
tracer = trace.get_tracer("corale.gateway")


class Asking(NamedTuple):
    """The use cases behind the routes that ask for something."""

    compiler: Compiler
    acceptance: Acceptance
    changes: Changes


def asking_routes(who_calls: WhoCalls, asking: Asking, public_url: str) -> APIRouter:
    """Creating, changing and deleting; `public_url` is where clients see the gateway, empty to believe the request."""
    router = APIRouter(prefix="/deployments", tags=["deployments"])
    compiler, acceptance, changes = asking

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
            view = await acceptance.deploy(
                Accepted(caller, asked, compiled.secret_values, body.callback, idempotency_key, current_trace())
            )
        return deployment_body(view, _base(request, public_url))

    @router.put("/{deployment}", status_code=202)
    async def update(
        deployment: str, body: CreateDeployment, request: Request, caller: Annotated[Caller, Depends(who_calls)]
    ) -> dict[str, object]:
        """Ask for a standing deployment to become what this template says, where it is."""
        with tracer.start_as_current_span("PUT /deployments", context_from(request.headers)):
            compiled = compiler.compile(body.template, body.parameters)
            form = NewForm(compiled.topology, compiled.template, _limits(body), compiled.secret_values)
            view = await changes.update(Ask(caller, DeploymentId(deployment), current_trace()), form)
        return deployment_body(view, _base(request, public_url))

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
        base = _base(request, public_url)
        kept = "".join(f"{name}={asked[name]}&" for name in ("userGroup", "excludedStatus", "sort") if name in asked)
        content = [deployment_body(view, base) for view in found.views]
        return page_body(content, found.total, f"{base}/deployments?{kept}", page=page, size=size)

    @router.get("/{deployment}")
    async def show(
        deployment: str, request: Request, caller: Annotated[Caller, Depends(who_calls)]
    ) -> dict[str, object]:
        """One deployment."""
        return deployment_body(await look.whole(caller, DeploymentId(deployment)), _base(request, public_url))

    @router.get("/{deployment}/template", response_class=PlainTextResponse)
    async def template(deployment: str, caller: Annotated[Caller, Depends(who_calls)]) -> str:
        """The template with its inputs filled in; secret inputs stay placeholders."""
        return await look.template(caller, DeploymentId(deployment))

    return router


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
        limits=_limits(body),
    )


def _limits(body: CreateDeployment) -> Limits:
    return Limits(
        overall_timeout=timedelta(minutes=body.timeout_mins) if body.timeout_mins else None,
        trial_timeout=timedelta(minutes=body.provider_timeout_mins) if body.provider_timeout_mins else None,
        max_trials=body.max_providers_retry,
        keep_last=body.keep_last_attempt,
    )


def _base(request: Request, public_url: str) -> str:
    return public_url.rstrip("/") or str(request.base_url).rstrip("/")
