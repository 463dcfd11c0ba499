"""The read paths of the old Zabbix wrapper, so that what was written against it goes on working (federation.md 3.1)."""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, HTTPException, Query

from services.monitoring.api.wrapper_schemas import Envelope, Group, History, Machine, Metric, Service
from services.monitoring.app.standings import Standings
from services.monitoring.domain import wrapper
from services.monitoring.domain.service import ServiceStanding
from services.monitoring.ports import Wanted
from shared.contracts.vocabulary import SiteId

ZONE, KIND = "indigo", "infrastructure"
GROUPS = "/{zone}/types/{kind}/groups"
ROOM = 1_000


def wrapper_routes(standings: Standings) -> APIRouter:
    """`/monitoring/adapters/zabbix/zones/…`: a group is a site, a host is a service of it."""
    router = APIRouter(prefix="/monitoring/adapters/zabbix/zones", tags=["compatibility"])
    reader = _Reader(standings)
    _zones(router, standings)
    _hosts(router, reader)
    _metrics(router, reader)
    return router


def _zones(router: APIRouter, standings: Standings) -> None:
    @router.get("")
    async def zones() -> Envelope:
        return Envelope.of(zones=[{"name": ZONE}])

    @router.get("/{zone}/types")
    async def types(zone: str) -> Envelope:
        _known(zone)
        return Envelope.of(types=[{"type": KIND}])

    @router.get(GROUPS)
    async def all_groups(zone: str, kind: str) -> Envelope:
        _known(zone, kind)
        return Envelope.of(groups=[{"groupName": str(site)} for site in sorted(await standings.sites())])


def _hosts(router: APIRouter, reader: "_Reader") -> None:
    @router.get(GROUPS + "/{group}")
    async def group(zone: str, kind: str, group: str) -> Envelope:
        _known(zone, kind)
        return Envelope.of(groups=[await reader.group(group)])

    @router.get(GROUPS + "/{group}/hosts")
    async def hosts(
        zone: str, kind: str, group: str, service: Annotated[str | None, Query(alias="service-id")] = None
    ) -> Envelope:
        _known(zone, kind)
        machines = (await reader.group(group)).machines
        wanted = [one for one in machines if service in (None, one.service_id, one.machine_name)]
        return Envelope.of(groups=[Group(group_name=group, machines=wanted)])

    @router.get(GROUPS + "/{group}/hosts/{host}")
    @router.get(GROUPS + "/{group}/hosts/{host}/metrics")
    async def one_host(zone: str, kind: str, group: str, host: str) -> Envelope:
        _known(zone, kind)
        return Envelope.of(groups=[await reader.host(group, host)])


def _metrics(router: APIRouter, reader: "_Reader") -> None:
    metrics = GROUPS + "/{group}/hosts/{host}/metrics/{metric}"

    @router.get(metrics)
    async def one_metric(zone: str, kind: str, group: str, host: str, metric: str) -> Envelope:
        _known(zone, kind)
        return Envelope.of(groups=[await reader.metric(group, host, metric)])

    @router.get(metrics + "/history")
    async def history(zone: str, kind: str, group: str, host: str, metric: str) -> Envelope:
        _known(zone, kind)
        return Envelope.of(groups=[await reader.history(group, host, metric)])


class _Reader:
    def __init__(self, standings: Standings) -> None:
        self._standings = standings

    async def group(self, name: str) -> Group:
        site = SiteId(name)
        found = (await self._standings.sites(site)).get(site)
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"There is no group {name!r}.")
        return Group(group_name=name, machines=[self._machine(standing) for standing in found])

    async def host(self, group: str, host: str) -> Group:
        whole = await self.group(group)
        wanted = [machine for machine in whole.machines if host in (machine.machine_name, machine.service_id)]
        if not wanted:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"There is no host {host!r} in group {group!r}.")
        return Group(group_name=group, machines=wanted)

    async def metric(self, group: str, host: str, name: str) -> Group:
        machine = (await self.host(group, host)).machines[0]
        services = [service.only(name) for service in machine.services]
        found = [service for service in services if service.metrics]
        if not found:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"Host {host!r} has no metric {name!r}.")
        return Group(group_name=group, machines=[machine.model_copy(update={"services": found})])

    async def history(self, group: str, host: str, name: str) -> Group:
        """The metric with its values of before, oldest first, each with the second at which it was measured."""
        found = await self.metric(group, host, name)
        machine = found.machines[0]
        service = machine.services[0]
        past = await self._past(SiteId(group), machine, service, name)
        metric = service.metrics[0].model_copy(update={"clocks": past.clocks, "values": past.values})
        services = [service.model_copy(update={"metrics": [metric]})]
        return Group(group_name=group, machines=[machine.model_copy(update={"services": services})])

    async def _past(self, site: SiteId, machine: Machine, service: Service, name: str) -> History:
        wanted = Wanted(site, machine.machine_name, service.service_name, room=ROOM)
        async with self._standings.store.database.transaction() as connection:
            past = await self._standings.store.observations.history(connection, wanted)
        pairs = [(seen.observed_at, wrapper.values(seen).get(name)) for seen in reversed(past)]
        measured = [(at, value) for at, value in pairs if value is not None]
        return History([str(int(at.timestamp())) for at, _ in measured], [str(value) for _, value in measured])

    def _machine(self, standing: ServiceStanding) -> Machine:
        services: dict[str, list[Metric]] = {}
        for metric in wrapper.metrics(standing, self._standings.clock()):
            services.setdefault(metric.collector, []).append(Metric.of(metric))
        return Machine(
            machine_name=standing.target.service,
            ip=urlsplit(standing.target.endpoint or standing.target.url).hostname or "",
            service_category=standing.target.type,
            service_id=f"IaaS_{standing.site}_{standing.target.service}",
            services=[Service(service_name=name, metrics=found) for name, found in services.items()],
        )


def _known(zone: str, kind: str = KIND) -> None:
    if (zone, kind) != (ZONE, KIND):
        raise HTTPException(
            HTTPStatus.NOT_FOUND, f"There is no type {kind!r} in a zone {zone!r}; there is {KIND}, {ZONE}."
        )
