"""`/sites/{site}/discoveries`: what is read from the site itself, and why it cannot be read."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from services.cmdb.api.shelf import Shelf, looked_after
from services.cmdb.ports import Discoveries
from shared.contracts.vocabulary import SiteId
from shared.identity.caller import Caller

WhoCalls = Callable[[Request], Awaitable[Caller]]


def discovery_routes(who_calls: WhoCalls, shelf: Shelf, discoveries: Discoveries) -> APIRouter:
    """For those who look after a site."""
    router = APIRouter(tags=["discovery"])

    @router.get("/sites/{site}/discoveries")
    async def shown(site: str, caller: Annotated[Caller, Depends(who_calls)]) -> dict[str, object]:
        """Each service that is read from the site: when it was read last, since when it cannot be, and why."""
        looked_after(caller, await shelf.site(site))
        async with shelf.database.transaction() as connection:
            known = await discoveries.known(connection, [SiteId(site)])
        return {
            "content": [
                {
                    "service": one.target.service,
                    "kind": one.target.kind,
                    "readAt": one.read_at,
                    "unreachableSince": one.unreachable_since,
                    "failures": one.failures,
                    "sentence": one.sentence,
                }
                for one in known
            ]
        }

    return router
