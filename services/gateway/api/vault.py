"""The internal endpoint where deployers trade credential references, and who is greeted on the way in."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Body, Depends, HTTPException, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.app.custody import Custody
from services.gateway.app.sites import Sites
from services.gateway.ports import Secret, Vault, Withheld
from shared.contracts.vocabulary import CredentialRef, DeploymentId, TrialNo
from shared.failures import Permanent, Transient
from shared.identity.caller import Caller, Services
from shared.identity.http import bearer
from shared.messaging.database import Database
from shared.messaging.transaction import Clock

MAY_OPEN = {"deployer"}
WhoCalls = Callable[[Request], Awaitable[Caller]]


class Opening(NamedTuple):
    """A service opened the vault, or tried to."""

    service: str
    reference: CredentialRef
    found: Secret | Withheld | None
    site: str | None


OnOpening = Callable[[AsyncConnection, Opening], Awaitable[None]]
"""Is told of each opening, in its transaction: what cannot be recorded is not opened."""


async def unrecorded(_: AsyncConnection, __: Opening) -> None:
    """Nobody wants to know."""


class Vaults(NamedTuple):
    """What is opened: the vault, and what users have for sites."""

    vault: Vault
    sites: Sites


def greeting(who_calls: WhoCalls, custody: Custody) -> WhoCalls:
    """`who_calls`, telling custody who is here: deployments may wait for whoever comes."""

    async def caller(request: Request) -> Caller:
        found = await who_calls(request)
        await custody.welcome(found)
        return found

    return caller


def vault_routes(
    services: Services, vaults: Vaults, database: Database, clock: Clock, on_opening: OnOpening = unrecorded
) -> APIRouter:
    """For our own services only."""
    router = APIRouter(prefix="/internal", include_in_schema=False)
    vault, sites = vaults

    def of_ours(request: Request) -> str:
        try:
            service = services.service(bearer(request))
        except Permanent as problem:
            raise HTTPException(401, str(problem)) from problem
        if service not in MAY_OPEN:
            raise HTTPException(403, "This service may not open the vault.")
        return service

    @router.post("/credentials/{reference}")
    async def trade(
        reference: str, ours: Annotated[str, Depends(of_ours)], service: Annotated[str | None, Query()] = None
    ) -> dict[str, object]:
        async with database.transaction() as connection:
            secret = await vault.open(connection, CredentialRef(reference), clock())
            await on_opening(connection, Opening(ours, CredentialRef(reference), secret, service))
        if secret is None:
            raise HTTPException(404, "This reference is unknown.")
        if isinstance(secret, Withheld):
            raise _not_now(secret.sentence) if secret.for_now else HTTPException(410, secret.sentence)
        try:
            site = await sites.credentials(secret, service) if service else {}
        except Transient as problem:
            raise _not_now(str(problem)) from problem
        return {"token": secret.token, "secret_inputs": dict(secret.secret_inputs), "site": dict(site)}

    @router.put("/outputs/{deployment}/{trial}", status_code=204, dependencies=[Depends(of_ours)])
    async def keep(deployment: str, trial: int, outputs: Annotated[dict[str, Any], Body()]) -> None:
        async with database.transaction() as connection:
            await vault.keep_outputs(connection, DeploymentId(deployment), TrialNo(trial), outputs)

    return router


def _not_now(sentence: str) -> HTTPException:
    return HTTPException(503, sentence, {"Retry-After": "1"})
