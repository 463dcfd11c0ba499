"""`/info`, `/configuration`, and the internal endpoint where deployers trade credential references."""

import platform
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, HTTPException, Request
from fastapi.responses import PlainTextResponse

from services.gateway.api.deployments import WhoCalls
from services.gateway.ports import Vault
from shared.contracts.vocabulary import CredentialRef, DeploymentId, TrialNo
from shared.failures import Permanent
from shared.identity.caller import Caller, Services
from shared.identity.http import bearer
from shared.messaging.database import Database
from shared.messaging.transaction import Clock

NAME = "Corale"
MAY_OPEN = {"deployer"}


def info_routes(who_calls: WhoCalls, configuration: Mapping[str, str | None], version: str) -> APIRouter:
    """What clients ask first."""
    router = APIRouter(tags=["service"])

    @router.get("/", response_class=PlainTextResponse)
    async def name() -> str:
        return NAME

    @router.get("/info")
    async def info() -> dict[str, object]:
        """Version and host."""
        build = {"version": version, "artifact": "corale", "name": NAME, "group": "corale"}
        return {
            "build": build,
            "projectVersion": version,
            "projectRevision": version,
            "projectTimestamp": "",
            "serverHostname": platform.node(),
        }

    @router.get("/configuration")
    async def where(_: Annotated[Caller, Depends(who_calls)]) -> dict[str, str | None]:
        """Where the other services are: a flat map."""
        return dict(configuration)

    return router


def vault_routes(services: Services, vault: Vault, database: Database, clock: Clock) -> APIRouter:
    """For our own services only."""
    router = APIRouter(prefix="/internal", include_in_schema=False)

    def of_ours(request: Request) -> None:
        try:
            service = services.service(bearer(request))
        except Permanent as problem:
            raise HTTPException(401, str(problem)) from problem
        if service not in MAY_OPEN:
            raise HTTPException(403, "This service may not open the vault.")

    @router.post("/credentials/{reference}", dependencies=[Depends(of_ours)])
    async def trade(reference: str) -> dict[str, object]:
        async with database.transaction() as connection:
            secret = await vault.open(connection, CredentialRef(reference), clock())
        if secret is None:
            raise HTTPException(410, "There is no living token for this reference.")
        return {"token": secret.token, "secret_inputs": dict(secret.secret_inputs)}

    @router.put("/outputs/{deployment}/{trial}", status_code=204, dependencies=[Depends(of_ours)])
    async def keep(deployment: str, trial: int, outputs: Annotated[dict[str, Any], Body()]) -> None:
        async with database.transaction() as connection:
            await vault.keep_outputs(connection, DeploymentId(deployment), TrialNo(trial), outputs)

    return router
