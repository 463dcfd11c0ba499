"""The zabbix collector beside a real Zabbix 6.0: values go in by its trapper, as the INDIGO generation's probes did."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.monitoring.adapters.collectors.zabbix import open_collector
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Collector, Sight
from shared.contracts.sites import Quantities
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId, SiteId
from shared.failures import Transient
from tests.support.waiting import eventually, soon
from tests.support.zabbix import RealZabbix

SECONDS = timedelta(seconds=10)
FLOAT, WHOLE, TEXT, TRAPPER = 0, 3, 4, 2
ITEMS = {
    "recas.nova.create_result": WHOLE,
    "recas.nova.create.responseTime": FLOAT,
    "recas.nova.run_result": WHOLE,
    "imstatus": TEXT,
    "vm.memory[used]": WHOLE,
}


@dataclass(frozen=True)
class Site:
    """A Zabbix with a group `recas` and in it a host `nova` that has the items above."""

    zabbix: RealZabbix
    ticket: str
    token: str

    def target(self, service: str = "nova", **entry: Json) -> Target:
        entries = {"zabbix": {"url": self.zabbix.url, **entry}}
        return Target(service=ServiceId(service), site=SiteId("recas"), url="", entries=entries)


@pytest.fixture(scope="module")
def site(real_zabbix: RealZabbix) -> Site:
    call = real_zabbix.call
    ticket = call("user.login", {"username": "Admin", "password": "zabbix"})
    tokens = call("token.create", {"name": "corale", "userid": "1"}, ticket)["tokenids"]
    token = call("token.generate", tokens, ticket)[0]["token"]
    group = call("hostgroup.create", {"name": "recas"}, ticket)["groupids"][0]
    host = call("host.create", {"host": "nova", "groups": [{"groupid": group}]}, ticket)["hostids"][0]
    for key, kind in ITEMS.items():
        units = "B" if "memory" in key else ""
        wanted = {"name": key, "key_": key, "hostid": host, "type": TRAPPER, "value_type": kind, "units": units}
        call("item.create", wanted, ticket)
    return Site(real_zabbix, ticket, token)


@pytest.fixture(params=["token", "password"])
async def collector(site: Site, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Collector]:
    opened = open_collector({"credentials": str(credentials(site, tmp_path, request.param))}, timeout=SECONDS)
    yield opened
    await opened.close()


def credentials(site: Site, folder: Path, by: str, password: str = "zabbix") -> Path:
    login = f"{{token: {site.token}}}" if by == "token" else f"{{username: Admin, password: {password}}}"
    file = folder / "credentials.yaml"
    file.write_text(f'credentials: {{"{site.zabbix.url}": {login}}}\n')
    return file


async def seen(collector: Collector, target: Target, wanted: Callable[[Sight], bool]) -> Sight:
    """The first sight that is as wanted: the server writes values a moment after it took them."""

    async def look() -> Sight | None:
        try:
            sight = await collector.collect(target)
        except Transient:
            return None
        return sight if sight is not None and wanted(sight) else None

    return await eventually(look)


async def test_the_last_values_of_a_host_are_seen_with_their_own_time(site: Site, collector: Collector) -> None:
    taken = int(time.time()) - 300
    values = {"recas.nova.create_result": "1", "recas.nova.create.responseTime": "812.5", "vm.memory[used]": "3145728"}
    soon(lambda: site.zabbix.send("nova", values, taken), what="the server knowing the items")
    target = site.target(items={"memory_used": "vm.memory[used]", "cpus_used": "vm.cpus[used]"})
    at = datetime.fromtimestamp(taken, UTC)
    sight = await seen(collector, target, lambda sight: sight.observed_at == at and sight.used.memory is not None)
    assert sight.available is True
    assert sight.metrics == {"create_result": 1, "create_responseTime": 812.5}
    assert sight.used == Quantities(memory=3)
    assert "run_result, imstatus: no sample" in sight.sentence
    assert "cpus_used: there is no item vm.cpus[used]" in sight.sentence


async def test_a_failed_step_and_a_status_with_its_reason_are_understood(site: Site, collector: Collector) -> None:
    taken = int(time.time())
    values = {"recas.nova.create_result": "1", "recas.nova.run_result": "0", "imstatus": "0 - no cloud left"}
    soon(lambda: site.zabbix.send("nova", values, taken), what="the server knowing the items")
    sight = await seen(
        collector, site.target(), lambda sight: "run_result" in sight.metrics and "imstatus" in sight.metrics
    )
    assert sight.available is False
    assert (sight.metrics["run_result"], sight.metrics["imstatus"]) == (0, 0)


async def test_a_host_that_zabbix_does_not_have_is_told(site: Site, collector: Collector) -> None:
    with pytest.raises(Transient, match="0 hosts by the name 'heat' in the group 'recas'"):
        await collector.collect(site.target("heat"))
    with pytest.raises(Transient, match="in the group 'bari'"):
        await collector.collect(site.target(group="bari"))


async def test_a_session_that_was_ended_is_replaced(site: Site, tmp_path: Path) -> None:
    collector = open_collector({"credentials": str(credentials(site, tmp_path, "password"))}, timeout=SECONDS)
    soon(lambda: site.zabbix.send("nova", {"recas.nova.create_result": "1"}, int(time.time())), what="an item")
    await seen(collector, site.target(), lambda _: True)
    for door in list(collector._doors._open.values()):
        assert door.ticket is not None
        site.zabbix.call("user.logout", [], door.ticket.get_secret_value())
    assert await collector.collect(site.target()) is not None
    await collector.close()


async def test_a_wrong_password_is_told_in_the_words_of_zabbix(site: Site, tmp_path: Path) -> None:
    file = credentials(site, tmp_path, "password", password="wrong")
    collector = open_collector({"credentials": str(file)}, timeout=SECONDS)
    with pytest.raises(Transient, match="Incorrect user name or password"):
        await collector.collect(site.target())
    await collector.close()
