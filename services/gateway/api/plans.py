"""`/plans`: where a template could run, and why not elsewhere, without creating anything."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from opentelemetry import trace
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.api.auth import group_of
from services.gateway.api.deployments import WhoCalls, base_of
from services.gateway.api.schemas import Placement, timestamp
from services.gateway.app.compile import Compiler
from services.gateway.app.plan import Planning
from services.gateway.domain.plan import Plan
from shared.contracts.ranking import PlanRequested
from shared.contracts.vocabulary import PlanId
from shared.identity.caller import Caller
from shared.runtime.tracing import context_from, current_trace

tracer = trace.get_tracer("corale.gateway")


class AskPlan(BaseModel):
    """The body of `POST /plans`: as for a deployment, without what only a deployment needs."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    template: Annotated[str, Field(min_length=1)]
    parameters: dict[str, Any] = {}
    user_group: Annotated[str | None, Field(alias="userGroup")] = None
    placement: Placement = Placement()


def plan_routes(who_calls: WhoCalls, compiler: Compiler, planning: Planning, public_url: str) -> APIRouter:
    """The routes; `public_url` is where clients see the gateway."""
    router = APIRouter(prefix="/plans", tags=["plans"])

    @router.post("")
    async def ask(
        body: AskPlan, request: Request, response: Response, caller: Annotated[Caller, Depends(who_calls)]
    ) -> dict[str, object]:
        """Compile and rank: 200 with ranked and rejected sites, or 202 when the ranker has not answered yet."""
        group = group_of(caller, body.user_group)
        with tracer.start_as_current_span("POST /plans", context_from(request.headers)):
            compiled = compiler.compile(body.template, body.parameters)
            wanted = PlanRequested(
                plan_id=PlanId(str(uuid.uuid4())),
                owner=caller.principal,
                user_group=group,
                topology=compiled.topology,
                wishes=body.placement.wishes,
            )
            warnings = [str(warning.message) for warning in compiled.warnings]
            plan = await planning.ask(wanted, compiled.template, warnings, current_trace())
        here = f"{base_of(request, public_url)}/plans/{plan.id}"
        response.headers["location"] = here
        response.status_code = 200 if plan.answer else 202
        return _body(plan, here)

    @router.get("/{plan}")
    async def show(plan: str, request: Request, caller: Annotated[Caller, Depends(who_calls)]) -> dict[str, object]:
        """A plan of the caller's."""
        found = await planning.one(caller.principal, PlanId(plan))
        return _body(found, f"{base_of(request, public_url)}/plans/{plan}")

    return router


def _body(plan: Plan, here: str) -> dict[str, object]:
    answer = plan.answer
    body: dict[str, object] = {
        "id": plan.id,
        "status": "PENDING" if answer is None else "READY" if answer.candidates else "NO_SITE_FITS",
        "userGroup": plan.user_group,
        "creationTime": timestamp(plan.created_at),
        "validUntil": timestamp(plan.expires_at),
        "warnings": list(plan.warnings),
        "links": [{"rel": "self", "href": here}],
    }
    if answer is not None:
        body |= {
            "strategy": answer.strategy,
            "candidates": [candidate.model_dump(mode="json", exclude_none=True) for candidate in answer.candidates],
            "rejected": [rejection.model_dump(mode="json") for rejection in answer.rejected],
        }
    return body
