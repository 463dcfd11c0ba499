"""`/webhooks`, the delivery logs, and the keys with which callbacks are signed."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.api.addresses import BaseOf
from services.gateway.api.answers import refusal
from services.gateway.api.deployments import WhoCalls
from services.gateway.api.described import HERE, ID, good, nothing, refusals
from services.gateway.api.schemas import timestamp
from services.gateway.app.asking import Forbidden, Unknown
from services.gateway.app.callbacks import Webhooks
from services.gateway.app.look import Look
from services.gateway.domain.callbacks import Logged, Webhook
from services.gateway.domain.egress import NotAllowed
from shared.contracts.vocabulary import DeploymentId
from shared.identity.caller import Caller

LONGEST_URL = 2000

HOOK = "3f9c1a52-0d1e-4e3c-9a53-6f1f6f0f2d11"
WEBHOOK = {
    "id": HOOK,
    "url": "https://portal.example.org/corale",
    "creationTime": "2026-03-02T12:00+0000",
    "links": [{"rel": "self", "href": f"{HERE}/webhooks/{HOOK}"}],
}
DELIVERY = {
    "id": "8d1f4c7e-5a3b-4e0f-8f0a-2b6c9d1e7f33",
    "deployment": ID,
    "webhook": HOOK,
    "url": "https://portal.example.org/corale",
    "state": "delivered",
    "attempts": 1,
    "createdAt": "2026-03-02T12:00:00+00:00",
    "lastTriedAt": "2026-03-02T12:00:01+00:00",
    "lastCode": 204,
    "body": '{"uuid": "...", "status": "CREATE_COMPLETE"}',
}
TESTED = {"id": DELIVERY["id"], "links": [{"rel": "deliveries", "href": f"{HERE}/webhooks/{HOOK}/deliveries"}]}
KEYS = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "...", "kid": "...", "use": "sig", "alg": "Ed25519"}]}


class AskWebhook(BaseModel):
    """The body of `POST /webhooks`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    url: Annotated[str, Field(min_length=1, max_length=LONGEST_URL, examples=["https://portal.example.org/corale"])]


def show_where_not(app: FastAPI) -> None:
    """An address to which nobody may be sent is the request's fault."""

    @app.exception_handler(NotAllowed)
    async def not_there(request: Request, problem: NotAllowed) -> Response:
        return refusal(request, 400, str(problem))


def webhook_routes(who_calls: WhoCalls, webhooks: Webhooks, base_of: BaseOf) -> APIRouter:
    """A user's own webhooks; those of others are not there."""
    router = APIRouter(prefix="/webhooks", tags=["webhooks"], responses=refusals(404))

    @router.post("", status_code=201, responses=good(201, {**WEBHOOK, "secret": "whsec_..."}) | refusals(400, 409, 415))
    async def register(
        body: AskWebhook, request: Request, caller: Annotated[Caller, Depends(who_calls)]
    ) -> dict[str, object]:
        """Be told about every deployment of one's own. The secret is shown this once."""
        made = await webhooks.register(caller.principal, body.url)
        return {**_webhook(made.webhook, base_of(request)), "secret": made.secret}

    @router.get("", responses=good(200, {"content": [WEBHOOK]}))
    async def list_own(request: Request, caller: Annotated[Caller, Depends(who_calls)]) -> dict[str, object]:
        """The caller's webhooks, oldest first."""
        base = base_of(request)
        return {"content": [_webhook(one, base) for one in await webhooks.all(caller.principal)]}

    @router.delete("/{webhook}", status_code=204, responses=nothing("Nothing is told there any more"))
    async def remove(webhook: str, caller: Annotated[Caller, Depends(who_calls)]) -> Response:
        """Be told no more, of what waits either."""
        with _naming(webhook):
            await webhooks.remove(caller.principal, webhook)
        return Response(status_code=204)

    @router.post("/{webhook}/test", status_code=202, responses=good(202, TESTED))
    async def test(webhook: str, request: Request, caller: Annotated[Caller, Depends(who_calls)]) -> dict[str, object]:
        """Be told something harmless, signed like everything else; the log says what came of it."""
        with _naming(webhook):
            delivery = await webhooks.test(caller.principal, webhook)
        return {"id": delivery, "links": [_link("deliveries", f"{base_of(request)}/webhooks/{webhook}/deliveries")]}

    @router.get("/{webhook}/deliveries", responses=good(200, {"content": [DELIVERY]}))
    async def log(webhook: str, caller: Annotated[Caller, Depends(who_calls)]) -> dict[str, object]:
        """The last hundred deliveries, newest first, and what came of each."""
        with _naming(webhook):
            found = await webhooks.log_of_webhook(caller.principal, webhook)
        return {"content": [_delivery(one) for one in found]}

    return router


def delivery_routes(who_calls: WhoCalls, webhooks: Webhooks, look: Look) -> APIRouter:
    """What was told about one deployment."""
    router = APIRouter(prefix="/deployments/{deployment}", tags=["webhooks"], responses=refusals(403, 404))

    @router.get("/deliveries", responses=good(200, {"content": [DELIVERY]}))
    async def log(deployment: str, caller: Annotated[Caller, Depends(who_calls)]) -> dict[str, object]:
        """The last hundred deliveries to the callback and to webhooks, newest first: for the owner."""
        view = await look.one(caller, DeploymentId(deployment))
        if view.owner != caller.principal:
            raise Forbidden("You may not read what was told about this deployment: you are not its owner.")
        return {"content": [_delivery(one) for one in await webhooks.log_of_deployment(view.id)]}

    return router


def key_routes(public: Mapping[str, object]) -> APIRouter:
    """The public half of the keys."""
    router = APIRouter(tags=["webhooks"])

    @router.get("/.well-known/jwks.json", responses=good(200, KEYS))
    async def keys() -> dict[str, object]:
        """With these the `Corale-Signature` of a callback is checked: a detached JWS over `<id>.<timestamp>.<body>`."""
        return dict(public)

    return router


@contextmanager
def _naming(webhook: str) -> Generator[None]:
    try:
        yield
    except Unknown:
        raise HTTPException(404, f"The webhook <{webhook}> doesn't exist") from None


def _webhook(webhook: Webhook, base: str) -> dict[str, object]:
    here = f"{base}/webhooks/{webhook.id}"
    return {
        "id": webhook.id,
        "url": webhook.url,
        "creationTime": timestamp(webhook.created_at),
        "links": [_link("self", here), _link("test", f"{here}/test"), _link("deliveries", f"{here}/deliveries")],
    }


def _link(rel: str, href: str) -> dict[str, str]:
    return {"rel": rel, "href": href}


def _delivery(logged: Logged) -> dict[str, object]:
    delivery = logged.delivery
    body: dict[str, object | None] = {
        "id": delivery.id,
        "deployment": delivery.deployment or None,
        "webhook": delivery.webhook,
        "url": delivery.url,
        "state": logged.state.value,
        "attempts": delivery.attempts,
        "createdAt": delivery.created_at.astimezone(UTC).isoformat(),
        "lastTriedAt": logged.tried_at.astimezone(UTC).isoformat() if logged.tried_at else None,
        "lastCode": logged.code,
        "lastProblem": logged.sentence or None,
        "body": delivery.body,
    }
    return {name: value for name, value in body.items() if value is not None}
