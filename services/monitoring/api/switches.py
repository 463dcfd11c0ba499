"""Administrators turn collectors off and on again, service by service; everybody sees what is off, and who said so."""

from collections.abc import Awaitable, Callable, Collection
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request

from services.monitoring.api.schemas import SwitchesView, SwitchView, TurnCollector
from services.monitoring.app.switching import Switching
from services.monitoring.domain.availability import Lane
from services.monitoring.ports import Switch
from shared.contracts.vocabulary import ServiceId, SiteId
from shared.identity.caller import Caller

Who = Callable[[Request], Awaitable[Caller]]


def switch_routes(switching: Switching, collectors: Collection[str], who: Who) -> APIRouter:
    """`/sites/{site}/services/{service}/collectors` and `…/{collector}`; `who` proves the caller."""
    router = APIRouter(prefix="/sites/{site}/services/{service}/collectors")

    @router.get("")
    async def turned(site: str, service: str) -> SwitchesView:
        return await _turned(switching, collectors, site, service)

    @router.put("/{collector}")
    async def turn(
        site: str, service: str, collector: str, wanted: TurnCollector, caller: Annotated[Caller, Depends(who)]
    ) -> SwitchesView:
        """For administrators. What the collector said of the service is forgotten when it is turned off."""
        if not caller.admin:
            raise HTTPException(403, "Only an administrator turns collectors on and off.")
        if collector not in collectors:
            raise HTTPException(
                404, f"There is no collector {collector!r}; there are: {', '.join(sorted(collectors))}."
            )
        lane = Lane(SiteId(site), ServiceId(service), collector)
        switch = Switch(lane, wanted.enabled, wanted.reason, caller.principal, switching.clock())
        if not await switching.turn(switch):
            raise HTTPException(404, f"There is no service {service!r} at a site {site!r}.")
        return await _turned(switching, collectors, site, service)

    return router


async def _turned(switching: Switching, collectors: Collection[str], site: str, service: str) -> SwitchesView:
    place = SiteId(site), ServiceId(service)
    async with switching.store.database.transaction() as connection:
        watched = (await switching.store.rota.look(connection, place[0])).get(place[0])
        if watched is None or place[1] not in watched.services:
            raise HTTPException(404, f"There is no service {service!r} at a site {site!r}.")
        history = await switching.switches.turned(connection, place)
    on = dict.fromkeys(sorted(collectors), True)
    for switch in reversed(history):
        if switch.lane.collector in on:
            on[switch.lane.collector] = switch.enabled
    return SwitchesView(collectors=on, history=[SwitchView.of(switch) for switch in history])
