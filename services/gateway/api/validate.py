"""`POST /templates/validate`: every problem of a template at once, before anything is asked for."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.api.deployments import WhoCalls
from services.gateway.api.described import good, refusals
from services.gateway.app.compile import Compiler
from services.gateway.app.validate import Verdict, judge
from services.gateway.domain.tosca import Problem
from shared.contracts.topology import Topology, TopologyKind
from shared.identity.caller import Caller


class ValidateTemplate(BaseModel):
    """The body of `POST /templates/validate`. Unknown members are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    template: Annotated[str, Field(min_length=1, description="the text of a TOSCA template")]
    parameters: Annotated[
        dict[str, Any] | None,
        Field(description="values of its inputs; where they are given, a required one without a value is a problem"),
    ] = None
    strict: Annotated[bool, Field(description="hold it to the letter of the standard")] = False


class ProblemBody(BaseModel):
    """One finding. Lines and columns count from 1; 0 means that the place is not in the text."""

    code: str
    path: Annotated[tuple[str | int, ...], Field(description="keys and list positions from the root of the document")]
    line: int
    column: int
    found: str
    allowed: tuple[str, ...]
    nearest: Annotated[str | None, Field(description="the allowed name that is most like what was found")]
    message: str


class VerdictBody(BaseModel):
    """What the compiler says. `topology` is there if the template is accepted; problems are at most 50."""

    verdict: Literal["accepted", "refused"]
    kind: Annotated[TopologyKind | None, Field(description="what it describes; null if it is refused and does not say")]
    problems: tuple[ProblemBody, ...]
    warnings: tuple[ProblemBody, ...]
    topology: Topology | None = None


def validate_routes(who_calls: WhoCalls, compiler: Compiler) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/templates", tags=["templates"], responses=refusals(400, 413, 415))
    example = {"verdict": "accepted", "kind": "infrastructure", "problems": [], "warnings": []}

    @router.post("/validate", response_class=Response, responses=good(200, example, VerdictBody, what="The verdict"))
    async def validate(body: ValidateTemplate, _: Annotated[Caller, Depends(who_calls)]) -> Response:
        """Check a template without deploying it: the verdict, what the template describes, and every problem."""
        verdict = judge(compiler, body.template, body.parameters, strict=body.strict)
        unsaid = {"topology"} if verdict.topology is None else None
        return Response(_body(verdict).model_dump_json(exclude=unsaid), media_type="application/json")

    return router


def _body(verdict: Verdict) -> VerdictBody:
    topology = verdict.topology
    return VerdictBody(
        verdict="refused" if topology is None else "accepted",
        kind=verdict.kind,
        problems=_findings(verdict.problems),
        warnings=_findings(verdict.warnings),
        topology=topology,
    )


def _findings(problems: tuple[Problem, ...]) -> tuple[ProblemBody, ...]:
    return tuple(ProblemBody(**asdict(problem)) for problem in problems)
