"""`/audit` for administrators, and `/deployments/{id}/audit` for owners: who did what."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from services.gateway.api.addresses import BaseOf
from services.gateway.api.deployments import WhoCalls
from services.gateway.api.described import ID, a_page, good, refusals
from services.gateway.api.paging import Window, asked_again, page_body, window_of
from services.gateway.api.problems import Awkward
from services.gateway.app.asking import Forbidden
from services.gateway.app.audit import Trail
from services.gateway.app.look import Look
from services.gateway.domain.audit import AuditQuestion, Entry
from shared.contracts.audit import Doing, Outcome
from shared.contracts.vocabulary import DeploymentId
from shared.identity.caller import Caller

FILTERS = ("about", "who", "doing", "outcome", "since", "until")

ENTRY = {
    "seq": 42,
    "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "at": "2026-03-02T12:00:00Z",
    "who": {"issuer": "https://iam.example.org/", "subject": "ada"},
    "group": "biomed",
    "doing": "delete",
    "about": ID,
    "request_id": "req-1",
    "client": "192.0.2.7",
    "user_agent": "orchent/1.2.9",
}


def audit_routes(who_calls: WhoCalls, trail: Trail, look: Look, base_of: BaseOf) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["audit"], responses=refusals(400, 403))

    @router.get("/audit", responses=good(200, a_page(ENTRY, "audit")))
    async def read(
        request: Request,
        caller: Annotated[Caller, Depends(who_calls)],
        asked: Annotated[AuditQuestion, Depends(_asked)],
        window: Annotated[Window, Depends(window_of)],
    ) -> dict[str, object]:
        """What users of the administrator's issuer did, what was done to what is theirs, and what nobody proved to be.

        `who` is a subject, `about` the id of what it was done to, `since` and `until` are times.
        """
        if not caller.admin:
            raise Forbidden("Only an administrator may read the audit trail; owners read it of each deployment.")
        entries, total = await trail.read(
            replace(asked, issuer=caller.principal.issuer, page=window.number, size=window.size)
        )
        address = f"{base_of(request)}/audit?{asked_again(request, FILTERS)}"
        return page_body([_body(entry) for entry in entries], total, address, window)

    @router.get(
        "/deployments/{deployment}/audit",
        responses=good(200, a_page(ENTRY, f"deployments/{ID}/audit")) | refusals(404),
    )
    async def of_deployment(
        deployment: str,
        request: Request,
        caller: Annotated[Caller, Depends(who_calls)],
        window: Annotated[Window, Depends(window_of)],
    ) -> dict[str, object]:
        """Everything that was done or tried with a deployment: for its owner and for administrators."""
        view = await look.one(caller, DeploymentId(deployment))
        if view.owner != caller.principal and not caller.admin:
            raise Forbidden("You may not read the audit trail of this deployment: you are not its owner.")
        asked = AuditQuestion(issuer=view.owner.issuer, about=view.id, page=window.number, size=window.size)
        entries, total = await trail.read(asked)
        address = f"{base_of(request)}/deployments/{deployment}/audit?"
        return page_body([_body(entry) for entry in entries], total, address, window)

    return router


def _asked(  # one parameter of the address each
    about: str | None = None,
    who: str | None = None,
    doing: Doing | None = None,
    outcome: Outcome | None = None,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> AuditQuestion:
    for time in (since, until):
        if time is not None and time.tzinfo is None:
            raise Awkward("Say the time zone of `since` and `until`, such as 2026-03-02T12:00:00Z.")
    return AuditQuestion(about=about, subject=who, doing=doing, outcome=outcome, since=since, until=until)


def _body(entry: Entry) -> dict[str, object]:
    return {"seq": entry.seq, "hash": entry.hash, **entry.deed.model_dump(mode="json", exclude_defaults=True)}
