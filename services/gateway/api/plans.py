"""`/plans`: where a template could run, and why not elsewhere, without creating anything."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from opentelemetry import trace
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.api.addresses import BaseOf
from services.gateway.api.auth import group_of
from services.gateway.api.deployments import WhoCalls
from services.gateway.api.described import HERE, good, refusals
from services.gateway.api.schemas import Placement, timestamp
from services.gateway.app.compile import Compiler
from services.gateway.app.plan import Planning
from services.gateway.domain.plan import Plan
from shared.contracts.ranking import PlanRequested
from shared.contracts.vocabulary import PlanId
from shared.identity.caller import Caller
from shared.runtime.tracing import context_from, current_trace

tracer = trace.get_tracer("corale.gateway")
PENDING = {
    "id": "7a0b6c52-3b7e-4f0d-8a55-0f8a3c5b9e21",
    "status": "PENDING",
    "userGroup": "biomed",
    "creationTime": "2026-03-02T12:00+0000",
    "validUntil": "2026-03-02T13:00+0000",
    "warnings": [],
    "links": [{"rel": "self", "href": f"{HERE}/plans/7a0b6c52-3b7e-4f0d-8a55-0f8a3c5b9e21"}],
}
READY = {**PENDING, "status": "NO_SITE_FITS", "strategy": "index", "candidates": [], "rejected": []}


class AskPlan(BaseModel):
    """The body of `POST /plans`: as for a deployment, without what only a deployment needs."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    template: Annotated[str, Field(min_length=1)]
    parameters: dict[str, Any] = {}
    user_group: Annotated[str | None, Field(alias="userGroup")] = None
    placement: Placement = Placement()


def plan_routes(who_calls: WhoCalls, compiler: Compiler, planning: Planning, base_of: BaseOf) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/plans", tags=["plans"], responses=refusals(400, 403, 404, 413, 415))

    @router.post("", responses={**good(200, READY, what="Answered"), **good(202, PENDING, what="Not answered yet")})
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
        here = f"{base_of(request)}/plans/{plan.id}"
        response.headers["location"] = here
        response.status_code = 200 if plan.answer else 202
        return _body(plan, here)

    @router.get("/{plan}", responses=good(200, READY))
    async def show(plan: str, request: Request, caller: Annotated[Caller, Depends(who_calls)]) -> dict[str, object]:
        """A plan of the caller's."""
        found = await planning.one(caller.principal, PlanId(plan))
        return _body(found, f"{base_of(request)}/plans/{plan}")

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
