"""What was written against the old Zabbix wrapper goes on reading; `result.groups[0]` is what it takes."""

from datetime import timedelta

from services.monitoring.ports import Sight, Step
from shared.contracts.topology import Json
from tests.component.monitoring.staged import Monitoring, Played
from tests.support.builders import NOON

ZONES = "/monitoring/adapters/zabbix/zones"
GROUPS = f"{ZONES}/indigo/types/infrastructure/groups"
PROBED = Sight(True, "Well.", steps=(Step("create", well=True, status=201, milliseconds=812.0),))


async def read(monitoring: Monitoring, path: str) -> Json:
    async with monitoring.client() as client:
        answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def probed(monitoring: Monitoring) -> None:
    monitoring.write("provider-x", "svc-os-1")
    monitoring.collectors = ("openstack",)
    await monitoring.refresh()
    await monitoring.look({"openstack": Played({"svc-os-1": PROBED})})


async def test_a_group_has_the_shape_that_the_orchestrator_reads(monitoring: Monitoring) -> None:
    await probed(monitoring)

    def metric(name: str, value: float, unit: str = "") -> Json:
        return {
            "metricName": name,
            "metricKey": f"provider-x.svc-os-1.dummy.{name}",
            "metricValue": value,
            "metricTime": "02-03-202612:00:00",
            "metricUnit": unit,
            "paasThresholds": [],
            "historyClocks": [],
            "historyValues": [],
        }

    metrics = [
        metric("create_responseTime", 812.0, "ms"),
        metric("create_result", 1.0),
        metric("create_status", 201.0),
        metric("openstack_result", 1.0),
    ]
    machine = {
        "machineName": "svc-os-1",
        "ip": "provider-x.example.org",
        "serviceCategory": "dummy",
        "serviceId": "IaaS_provider-x_svc-os-1",
        "services": [{"serviceName": "openstack", "paasMetrics": metrics}],
    }
    assert await read(monitoring, f"{GROUPS}/provider-x") == {
        "meta": {"status": 200},
        "result": {"groups": [{"groupName": "provider-x", "paasMachines": [machine]}]},
    }


async def test_what_is_older_than_a_day_is_marked_and_never_0(monitoring: Monitoring) -> None:
    await probed(monitoring)
    monitoring.now = NOON + timedelta(hours=24, seconds=1)
    group = await read(monitoring, f"{GROUPS}/provider-x")
    metrics = group["result"]["groups"][0]["paasMachines"][0]["services"][0]["paasMetrics"]
    assert {metric["metricValue"] for metric in metrics} == {None}
    assert {metric["metricTime"] for metric in metrics} == {"No metric has been collected within the last 24 hours"}


async def test_a_service_that_nobody_measured_has_no_metrics(monitoring: Monitoring) -> None:
    monitoring.write("provider-x", "svc-os-1")
    await monitoring.refresh()
    group = await read(monitoring, f"{GROUPS}/provider-x")
    assert group["result"]["groups"][0]["paasMachines"][0]["services"] == []


async def test_zones_types_groups_hosts_metrics_and_their_history_are_there_too(monitoring: Monitoring) -> None:
    await probed(monitoring)
    monitoring.now += timedelta(minutes=10)
    await monitoring.look({"openstack": Played({"svc-os-1": PROBED})})
    assert (await read(monitoring, ZONES))["result"] == {"zones": [{"name": "indigo"}]}
    assert (await read(monitoring, f"{ZONES}/indigo/types"))["result"] == {"types": [{"type": "infrastructure"}]}
    assert (await read(monitoring, GROUPS))["result"] == {"groups": [{"groupName": "provider-x"}]}
    hosts = f"{GROUPS}/provider-x/hosts"
    whole = await read(monitoring, hosts)
    assert whole == await read(monitoring, f"{GROUPS}/provider-x")
    assert whole == await read(monitoring, f"{hosts}/svc-os-1")
    assert whole == await read(monitoring, f"{hosts}/IaaS_provider-x_svc-os-1/metrics")
    assert whole == await read(monitoring, f"{hosts}?service-id=IaaS_provider-x_svc-os-1")
    history = await read(monitoring, f"{hosts}/svc-os-1/metrics/create_responseTime/history")
    [metric] = history["result"]["groups"][0]["paasMachines"][0]["services"][0]["paasMetrics"]
    start = int(NOON.timestamp())
    assert metric["historyClocks"] == [str(start), str(start + 600)]
    assert metric["historyValues"] == ["812.0", "812.0"]


async def test_what_is_not_there_is_404_with_a_sentence(monitoring: Monitoring) -> None:
    await probed(monitoring)
    async with monitoring.client() as client:
        for path in (
            f"{GROUPS}/nobody",
            f"{GROUPS}/provider-x/hosts/none",
            f"{GROUPS}/provider-x/hosts/svc-os-1/metrics/none",
            f"{ZONES}/mars/types",
            f"{ZONES}/indigo/types/watcher/groups",
        ):
            answer = await client.get(path)
            assert answer.status_code == 404
            assert answer.json()["message"].startswith(("There is no", "Host"))
