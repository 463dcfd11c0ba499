"""`/deployments/{id}/log` and `/extrainfo`: text for people, empty rather than an error."""

from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse

from services.gateway.api.deployments import WhoCalls
from services.gateway.api.described import refusals, text
from services.gateway.app.resources import Resources
from services.gateway.domain.view import TrialView, View
from services.gateway.ports import Told
from shared.contracts.vocabulary import DeploymentId
from shared.identity.caller import Caller

LINES = "2026-03-02T12:00:00Z  Deployment requested: 1 node, kind infrastructure."


def log_routes(who_calls: WhoCalls, resources: Resources) -> APIRouter:
    """The routes. Others than the owner and administrators are told nothing."""
    router = APIRouter(prefix="/deployments/{deployment}", tags=["story"], responses=refusals(404))

    @router.get("/log", response_class=PlainTextResponse, responses=text(LINES, "What happened, line by line"))
    async def log(deployment: str, caller: Annotated[Caller, Depends(who_calls)]) -> str:
        """What happened, and what the sites said of each trial that failed."""
        view, told = await resources.story(caller, DeploymentId(deployment))
        return _log(view, told)

    @router.get("/extrainfo", response_class=PlainTextResponse, responses=text('[{"vmProperties": []}]', "JSON"))
    async def extra_info(deployment: str, caller: Annotated[Caller, Depends(who_calls)]) -> str:
        """What is known of each machine: a JSON list."""
        machines = await resources.machines(caller, DeploymentId(deployment))
        return f"[{', '.join(machines)}]"

    return router


def _log(view: View, told: list[Told]) -> str:
    lines = [f"{entry.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}  {entry.sentence}" for entry in told]
    return "\n".join([*lines, *(_said(trial) for trial in view.trials if trial.detail)])


def _said(trial: TrialView) -> str:
    return f"\nTrial {trial.trial} at {trial.site}:\n{trial.detail}"
