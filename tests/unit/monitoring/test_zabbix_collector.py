"""Two played Zabbixes: 6.0, which wants its ticket in `auth`, and 7.0, which refuses that and wants a header."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr

from services.monitoring.adapters.collectors.zabbix.collector import Zabbix
from services.monitoring.adapters.collectors.zabbix.items import metric_of
from services.monitoring.adapters.reading.access import Access, Login
from services.monitoring.adapters.reading.answers import Asking
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Sight
from shared.contracts.sites import Quantities
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId, SiteId
from shared.failures import Transient

URL = "https://zabbix.example.org/zabbix"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOKEN, PASSWORD = Login(token=SecretStr("f00d")), Login(username="corale", password=SecretStr("pw"))


def item(key: str, value: str, *, at: datetime | None = NOW, **more: str) -> dict[str, Json]:
    """An item as `item.get` shows it: everything is text, and 0 is a time that never was."""
    clock = "0" if at is None else str(int(at.timestamp()))
    usual = {"value_type": "0", "units": "", "state": "0", "status": "0", "error": ""}
    return {"itemid": "1", "key_": key, "lastvalue": value, "lastclock": clock, **usual, **more}


@dataclass
class Played:
    """A Zabbix with one host `nova` in the group `bari`."""

    version: str
    items: list[dict[str, Json]] = field(default_factory=list)
    tickets: set[str] = field(default_factory=lambda: {"f00d"})
    password: str = "pw"
    host: str = "10084"
    calls: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.url == f"{URL}/api_jsonrpc.php"
        asked = json.loads(request.content)
        self.calls.append(asked["method"])
        said = self.answer(asked, request.headers.get("Authorization"))
        return httpx.Response(200, json={"jsonrpc": "2.0", "id": asked["id"], **said})

    def answer(self, asked: dict[str, Json], header: str | None) -> dict[str, Json]:
        modern = not self.version.startswith("6.0")
        method, params = asked["method"], asked["params"]
        if modern and "auth" in asked:
            return error(-32600, "Invalid request.", 'Invalid parameter "/": unexpected parameter "auth".')
        if method == "apiinfo.version":
            return {"result": self.version}
        if method == "user.login":
            if params != {"username": "corale", "password": self.password}:
                return error(-32500, "Application error.", "Incorrect user name or password or account is blocked.")
            self.tickets.add(f"session{len(self.calls)}")
            return {"result": f"session{len(self.calls)}"}
        ticket = (header or "").removeprefix("Bearer ") if modern else asked.get("auth")
        if ticket not in self.tickets:
            return error(-32602, "Invalid params.", "Session terminated, re-login, please.")
        return {"result": self.result(method, params)}

    def result(self, method: str, params: Json) -> Json:
        match method:
            case "hostgroup.get":
                return [{"groupid": "2"}] if params["filter"]["name"] == ["bari"] else []
            case "host.get":
                names = params["filter"]["host"]
                return [{"hostid": self.host}] if names == ["nova"] and params["groupids"] == ["2"] else []
            case "item.get":
                return self.items if params["hostids"] == [self.host] else []
            case _:
                return True


def error(code: int, message: str, reason: str) -> dict[str, Json]:
    return {"error": {"code": code, "message": message, "data": reason}}


def collector(played: Played, login: Login | None = TOKEN) -> Zabbix:
    access = Access(credentials={} if login is None else {URL: login})
    return Zabbix(Asking(timedelta(seconds=1), transport=httpx.MockTransport(played)), access, timedelta(seconds=1))


def target(**entry: Json) -> Target:
    entries = {"zabbix": {"url": URL, **entry}}
    return Target(service=ServiceId("nova"), site=SiteId("bari"), url="", entries=entries)


async def look(played: Played, login: Login | None = TOKEN, **entry: Json) -> Sight:
    zabbix = collector(played, login)
    try:
        sight = await zabbix.collect(target(**entry))
    finally:
        await zabbix.close()
    assert sight is not None
    return sight


@pytest.mark.parametrize("version", ["6.0.14", "6.4.0", "7.0.3"])
@pytest.mark.parametrize("login", [TOKEN, PASSWORD])
async def test_every_version_is_told_who_asks_in_its_own_way(version: str, login: Login) -> None:
    played = Played(version, [item("create_result", "1"), item("create_responseTime", "812.0000")])
    sight = await look(played, login)
    assert sight.available is True
    assert sight.metrics == {"create_result": 1, "create_responseTime": 812}
    assert (sight.source, sight.observed_at) == (URL, NOW)
    assert ("user.logout" in played.calls) is (login is PASSWORD)


@pytest.mark.parametrize(
    ("key", "metric"),
    [
        ("create_responseTime", "create_responseTime"),
        ("create.responseTime", "create_responseTime"),
        ("provider-X.svc-os-1.nova.create_responseTime", "create_responseTime"),
        ("provider-X.svc-os-1.create.result", "create_result"),
        ("openstack.status", "openstack_status"),
        ("master.cpus_used", "master.cpus_used"),
        ("qcg.api.read.cpus.total", "qcg.api.read.cpus.total"),
        ("pod.network[rxErrors]", "pod.network[rxErrors]"),
        ("storage_used", "storage_used"),
        ("icmpping", "available"),
        ("vm.cpus[used]", "cpus_used"),
        ("recreate_result", None),
        ("system.uptime", None),
    ],
)
def test_an_item_is_known_by_its_key(key: str, metric: str | None) -> None:
    assert metric_of(key, {"available": "icmpping", "cpus_used": "vm.cpus[used]"}) == metric


async def test_named_items_come_beside_those_known_by_name_and_decide_on_availability() -> None:
    items = [item("icmpping", "1", value_type="3"), item("vm.cpus", "12.5"), item("create_result", "0")]
    sight = await look(Played("6.0.14", items), items={"available": "icmpping", "cpus_used": "vm.cpus"})
    assert sight.available is True
    assert sight.used == Quantities(cpus=12.5)
    assert sight.metrics == {"create_result": 0}


@pytest.mark.parametrize(
    ("strange", "why"),
    [
        (item("run_result", "0", at=None), "run_result: no sample"),
        (item("run_result", "0", state="1", error="Cannot evaluate."), "not supported: Cannot evaluate"),
        (item("run_result", "0", status="1"), "run_result: the item is disabled"),
        (item("run_result", "down", value_type="1"), "run_result: neither number nor time can be read"),
        (item("run_result", "0", at=NOW - timedelta(hours=2)), r"run_result: too old \(2026-03-01 10:00:00Z\)"),
        ({"key_": "run_result"}, "run_result: no sample"),
    ],
)
async def test_what_was_not_measured_is_absent_and_never_zero(strange: dict[str, Json], why: str) -> None:
    sight = await look(Played("6.0.14", [item("create_result", "1"), strange]))
    assert sight.available is True
    assert "run_result" not in sight.metrics
    assert why.replace("\\", "") in sight.sentence


async def test_a_named_item_that_is_not_there_is_told() -> None:
    sight = await look(Played("6.0.14", [item("create_result", "1")]), items={"cpus_used": "vm.cpus"})
    assert "cpus_used: there is no item vm.cpus" in sight.sentence


async def test_units_are_converted() -> None:
    items = [item("m", str(3 * 1024**2), units="B"), item("d", str(5 * 1024**3), units="B")]
    items += [item("run_responseTime", "1.5", units="s"), item("l", "0.25", units="s")]
    sight = await look(Played("7.0.3", items), items={"memory_used": "m", "disk_used": "d", "latency_ms": "l"})
    assert sight.used == Quantities(memory=3, disk=5)
    assert (sight.latency_ms, sight.metrics) == (250, {"run_responseTime": 1500})


@pytest.mark.parametrize(("said", "status"), [("1", 1.0), ("0 - no clouds left", 0.0)])
async def test_a_status_with_its_reason_is_its_number(said: str, status: float) -> None:
    sight = await look(Played("6.0.14", [item("imstatus", said, value_type="4")]))
    assert sight.metrics == {"imstatus": status}


async def test_one_login_serves_until_the_session_ends_and_then_another_is_made() -> None:
    played = Played("6.0.14", [item("create_result", "1")])
    zabbix = collector(played, PASSWORD)
    await zabbix.collect(target())
    await zabbix.collect(target())
    assert played.calls.count("user.login") == 1
    assert played.calls.count("host.get") == 1
    played.tickets.clear()
    assert await zabbix.collect(target()) is not None
    assert played.calls.count("user.login") == 2
    await zabbix.close()


async def test_an_upgraded_zabbix_is_noticed() -> None:
    played = Played("6.0.14", [item("create_result", "1")])
    zabbix = collector(played)
    await zabbix.collect(target())
    played.version = "7.0.3"
    assert await zabbix.collect(target()) is not None
    await zabbix.close()


async def test_a_refused_login_is_not_tried_again_at_once_because_five_lock_the_account() -> None:
    played = Played("6.0.14", password="changed")
    zabbix = collector(played, PASSWORD)
    for _ in range(3):
        with pytest.raises(Transient, match=r"refuses user\.login \(-32500\).*Incorrect user name"):
            await zabbix.collect(target())
    assert played.calls.count("user.login") == 1
    await zabbix.close()


async def test_a_host_that_was_made_anew_is_found() -> None:
    played = Played("6.0.14", [item("create_result", "1")])
    zabbix = collector(played)
    await zabbix.collect(target())
    played.host = "20099"
    with pytest.raises(Transient, match="has nothing about it"):
        await zabbix.collect(target())
    assert await zabbix.collect(target()) is not None
    await zabbix.close()


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"group": "padova"}, "shows us 0 hosts by the name 'nova' in the group 'padova'"),
        ({"host": "heat"}, "shows us 0 hosts by the name 'heat' in the group 'bari'"),
    ],
)
async def test_a_host_that_is_not_there_is_told(entry: dict[str, Json], sentence: str) -> None:
    with pytest.raises(Transient, match=sentence):
        await look(Played("6.0.14"), **entry)


async def test_a_wrong_token_and_no_credentials_are_told() -> None:
    with pytest.raises(Transient, match="re-login"):
        await look(Played("6.0.14"), Login(token=SecretStr("bad")))
    with pytest.raises(Transient, match="no credentials"):
        await look(Played("6.0.14"), None)


@pytest.mark.parametrize("body", [{}, [], {"result": None}, {"result": "two.one"}, {"error": "no"}, {"result": {}}])
async def test_what_is_no_zabbix_is_told(body: Json) -> None:
    asking = Asking(timedelta(seconds=1), transport=httpx.MockTransport(lambda _: httpx.Response(200, json=body)))
    zabbix = Zabbix(asking, Access(credentials={URL: TOKEN}), timedelta(seconds=1))
    with pytest.raises(Transient, match=r"no version of Zabbix|this is no Zabbix"):
        await zabbix.collect(target())
    await zabbix.close()


async def test_a_service_whose_site_names_no_zabbix_is_not_its_business() -> None:
    zabbix = collector(Played("6.0.14"))
    assert await zabbix.collect(Target(service=ServiceId("nova"), url="")) is None
    with pytest.raises(Transient, match="cannot be understood"):
        await zabbix.collect(target(hosts="nova"))
    await zabbix.close()
