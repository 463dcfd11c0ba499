"""`/site-credentials`: what a user has at sites that take no token: put, replaced, removed, and never shown."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from services.gateway.api.auth import group_of
from services.gateway.api.described import good, nothing, refusals
from services.gateway.api.vault import WhoCalls
from services.gateway.app.sites import OwnSites, SiteKey
from shared.identity.caller import Caller
from shared.messaging.transaction import Clock

NAMED = {"service": "cineca-compute", "userGroup": "biomed", "updateTime": "2026-03-02T12:00:00+00:00"}
ServiceId = Annotated[str, Path(min_length=1, max_length=200)]
Group = Annotated[str | None, Query(alias="userGroup", description="for this group only; without it for all")]


class SiteCredential(BaseModel):
    """A user and a password, or an access key and its secret; `tenant` where the site wants one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    username: Annotated[str, Field(min_length=1, max_length=500)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=4000)]
    tenant: Annotated[str | None, Field(max_length=500)] = None


def site_credential_routes(who_calls: WhoCalls, sites: OwnSites, clock: Clock) -> APIRouter:
    """The caller's own, by the id of the site's service."""
    router = APIRouter(
        prefix="/site-credentials", tags=["site credentials"], responses=refusals(400, 403, 404, 413, 415)
    )

    @router.get("", responses=good(200, {"content": [NAMED]}))
    async def names(caller: Annotated[Caller, Depends(who_calls)]) -> dict[str, object]:
        """For which services the caller has one."""
        found = await sites.names(caller.principal.issuer, caller.principal.subject)
        return {
            "content": [
                {"service": service, "userGroup": group, "updateTime": at.isoformat()} for service, group, at in found
            ]
        }

    @router.put("/{service}", status_code=204, responses=nothing("Kept"))
    async def put(
        service: ServiceId, body: SiteCredential, caller: Annotated[Caller, Depends(who_calls)], group: Group = None
    ) -> Response:
        """Keep one, sealed, in the place of the one before."""
        credential = {"username": body.username, "password": body.password.get_secret_value()}
        if body.tenant is not None:
            credential["tenant"] = body.tenant
        await sites.put(_key(caller, group, service), credential, clock())
        return Response(status_code=204)

    @router.delete("/{service}", status_code=204, responses=nothing("Forgotten"))
    async def delete(
        service: ServiceId, caller: Annotated[Caller, Depends(who_calls)], group: Group = None
    ) -> Response:
        """Forget one."""
        if not await sites.delete(_key(caller, group, service)):
            raise HTTPException(404, "You have no credential for this service.")
        return Response(status_code=204)

    return router


def _key(caller: Caller, group: str | None, service: str) -> SiteKey:
    return SiteKey(caller.principal, None if group is None else group_of(caller, group), service)
