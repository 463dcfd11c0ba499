"""`/deployments/{id}/timeline`, `/trials`, `/ranking`: what happened, and why."""

import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from services.gateway.api.deployments import WhoCalls
from services.gateway.api.described import good, refusals
from services.gateway.api.schemas import entry_body, trial_body
from services.gateway.app.look import Look
from services.gateway.app.story import body_of
from services.gateway.ports import Told
from shared.contracts.vocabulary import DeploymentId
from shared.identity.caller import Caller

PING_SECONDS = 15
MOST = 2**31 - 1
ENTRY = {
    "seq": 1,
    "id": "5f3f6f0e-94b0-4a4c-8d0e-0b7a1d6c2e11",
    "type": "DeploymentRequested",
    "source": "gateway",
    "time": "2026-03-02T12:00:00+00:00",
    "sentence": "Deployment requested: 1 node, kind infrastructure.",
    "event": {},
}
TRIAL = {"trial": 1, "site": "cineca", "backend": "im", "outcome": "failed", "cause": "quota", "sentence": "No room."}


def story_routes(who_calls: WhoCalls, look: Look) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/deployments/{deployment}", tags=["story"], responses=refusals(400, 404))

    @router.get("/timeline", response_model=None, responses=good(200, {"content": [ENTRY]}))
    async def timeline(
        deployment: str,
        request: Request,
        caller: Annotated[Caller, Depends(who_calls)],
        after: Annotated[int, Query(ge=0, le=MOST)] = 0,
        last_event_id: Annotated[int | None, Header(ge=0, le=MOST)] = None,
    ) -> dict[str, object] | EventSourceResponse:
        """The timeline without gaps: as JSON, or as it happens for `text/event-stream` (after `Last-Event-ID`)."""
        await look.one(caller, DeploymentId(deployment))
        start = after if last_event_id is None else last_event_id
        if "text/event-stream" in request.headers.get("accept", ""):
            return EventSourceResponse(_stream(look.follow(DeploymentId(deployment), start)), ping=PING_SECONDS)
        entries = await look.timeline(DeploymentId(deployment), start)
        return {"content": [{**entry_body(entry), "event": body_of(entry)} for entry in entries]}

    @router.get("/trials", responses=good(200, {"content": [TRIAL]}))
    async def trials(deployment: str, caller: Annotated[Caller, Depends(who_calls)]) -> dict[str, object]:
        """Every site that was tried, how it ended and why."""
        view = await look.one(caller, DeploymentId(deployment))
        return {"content": [trial_body(trial) for trial in view.trials]}

    @router.get("/ranking", responses=good(200, {"ranking_id": "r-1", "candidates": [], "rejected": []}))
    async def ranking(deployment: str, caller: Annotated[Caller, Depends(who_calls)]) -> object:
        """The ranking with its arithmetic, and the reason for every rejection."""
        await look.one(caller, DeploymentId(deployment))
        entry = await look.ranking(DeploymentId(deployment))
        if entry is None:
            raise HTTPException(404, "The sites are not ranked yet; ask again in a moment.")
        return body_of(entry)

    return router


async def _stream(entries: AsyncIterator[Told]) -> AsyncIterator[ServerSentEvent]:
    async for entry in entries:
        body = {**entry_body(entry), "event": body_of(entry)}
        yield ServerSentEvent(id=str(entry.seq), event=entry.type, data=json.dumps(body))
