"""`/info` and `/configuration`."""

import platform
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse

from services.gateway.api.deployments import WhoCalls
from services.gateway.api.described import good, refusals, text
from shared.identity.caller import Caller

NAME = "Corale"
PEERS: Mapping[str, str | None] = dict.fromkeys(("cpr_url", "slam_url", "cmdb_url", "im_url", "monitoring_url"))
"""The keys that clients of the field look for."""


def info_routes(who_calls: WhoCalls, configuration: Mapping[str, str | None], version: str) -> APIRouter:
    """What clients ask first."""
    router = APIRouter(tags=["service"])
    build = {"version": version, "artifact": "corale", "name": NAME, "group": "corale"}

    @router.get("/", response_class=PlainTextResponse, responses=text(NAME, "Who answers here"))
    async def name() -> str:
        """Who answers here."""
        return NAME

    @router.get("/info", responses=good(200, {"build": build, "projectVersion": version}))
    async def info() -> dict[str, object]:
        """Version and host."""
        return {
            "build": build,
            "projectVersion": version,
            "projectRevision": version,
            "projectTimestamp": "",
            "serverHostname": platform.node(),
        }

    @router.get("/configuration", responses={**good(200, PEERS), **refusals()})
    async def where(_: Annotated[Caller, Depends(who_calls)]) -> dict[str, str | None]:
        """Where the other services are: a flat map, in which `null` says that clients need not know."""
        return {**PEERS, **configuration}

    return router
