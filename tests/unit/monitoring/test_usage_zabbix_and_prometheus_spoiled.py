"""Right answers with anything at all in any place of them: it can be told, or nothing was seen."""

import asyncio
import copy
import json
import math
from collections.abc import Iterator, Mapping
from datetime import timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from services.monitoring.adapters.collectors.prometheus.collector import Prometheus
from services.monitoring.adapters.collectors.usage.collector import Usage
from services.monitoring.adapters.collectors.zabbix.collector import Zabbix
from services.monitoring.adapters.reading.access import Access, Login
from services.monitoring.adapters.reading.answers import Asking
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Collector, Sight
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId, SiteId
from shared.failures import Transient

URL, HERE = "http://site.example.org", "http://site.example.org/nova"
SECOND = timedelta(seconds=1)
ITEM = {"key_": "create_result", "value_type": "0", "units": "", "lastvalue": "1", "lastclock": "1700000000"}
USED = {**ITEM, "key_": "disk", "units": "B", "state": "0", "status": "0", "error": ""}
SAMPLE = {"metric": {"host": "a"}, "value": [1.7e9, "1"]}
SERVICES = [
    {"type": kind, "endpoints": [{"interface": "public", "region": "r", "url": HERE}]}
    for kind in ("compute", "volumev3", "network")
]
COUNTED = {"cpu": "2", "memory": "1Gi", "pods": "4"}
RIGHT: Mapping[str, Mapping[str, Json]] = {
    "prometheus": {"": {"status": "success", "data": {"resultType": "vector", "result": [SAMPLE]}}},
    "zabbix": {
        "apiinfo.version": {"result": "6.0.14"},
        "hostgroup.get": {"result": [{"groupid": "2"}]},
        "host.get": {"result": [{"hostid": "10084"}]},
        "item.get": {"result": [ITEM, USED]},
    },
    "openstack": {
        "tokens": {"token": {"project": {"id": "aaa", "name": "corale"}, "catalog": SERVICES}},
        "projects": {"projects": [{"id": "aaa", "name": "corale", "enabled": True}]},
        "limits": {"limits": {"absolute": {"maxTotalCores": 20, "totalCoresUsed": 4, "maxTotalRAMSize": -1}}},
        "details.json": {"quota": {"floatingip": {"limit": 50, "used": 3}}},
    },
    "kubernetes": {
        "": {"items": [{"metadata": {"namespace": "a"}, "spec": {}, "status": {"hard": COUNTED, "used": COUNTED}}]}
    },
}
NOT_HERE = {"message": "not here"}
ENTRIES: Mapping[str, dict[str, Json]] = {
    "prometheus": {"queries": {"available": "a", "cpus_used": "b", "x": "c"}},
    "zabbix": {"items": {"disk_used": "disk"}},
    "openstack": {"kind": "openstack"},
    "kubernetes": {"kind": "kubernetes"},
}
HALF, LONG = "\ud800", "9" * 5000
TEXTS = (
    "",
    "NaN",
    "-Inf",
    "1e999",
    LONG,
    "1" * 400,
    "0 - why",
    HALF,
    "a\x00b",
    "http://[",
    f"http://{HALF}.example.org",
)
NUMBERS = (True, -1, 0, 10**400, 1e308, math.nan, math.inf)
SHAPES: tuple[Json, ...] = (None, [], {}, [[]], [None, {}], {"result": []})
ANYTHING: st.SearchStrategy[Json] = st.sampled_from((*TEXTS, *NUMBERS, *SHAPES)) | st.text(max_size=5)
SPOILS = st.lists(st.tuples(st.integers(0, 40), ANYTHING), max_size=4)


def places(body: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of everything in it."""
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in inner:
        yield (*path, key)
        yield from places(value, (*path, key))


def spoiled(body: Json, place: int, by: Json) -> Json:
    whole = found = copy.deepcopy(body)
    paths = list(places(body))
    *way, last = paths[place % len(paths)]
    for key in way:
        found = found[key]
    found[last] = by
    return whole


def opened(kind: str, transport: httpx.MockTransport) -> Collector:
    asking = Asking(SECOND, transport=transport)
    access = Access(credentials={URL: Login(token=SecretStr("t"), username="u", password=SecretStr("p"))})
    match kind:
        case "prometheus":
            return Prometheus(asking, access, SECOND)
        case "zabbix":
            return Zabbix(asking, access, SECOND)
        case _:
            return Usage(asking, access, SECOND)


async def look(kind: str, spoils: list[tuple[int, Json]]) -> Sight | None:
    asked = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        key = json.loads(request.content)["method"] if kind == "zabbix" else request.url.path.rpartition("/")[2]
        body = RIGHT[kind].get(key, RIGHT[kind].get("", NOT_HERE))
        for place, by in spoils[asked % 2 :: 2]:
            body = spoiled(body, place, by)
        return httpx.Response(200, content=json.dumps(body), headers={"X-Subject-Token": f"t{asked}"})

    collector = opened(kind, httpx.MockTransport(answer))
    name = kind if kind in ("prometheus", "zabbix") else "usage"
    target = Target(
        service=ServiceId("nova"), site=SiteId("bari"), url="", entries={name: {"url": URL, **ENTRIES[kind]}}
    )
    try:
        return await collector.collect(target)
    except Transient:
        return None
    finally:
        await collector.close()


@pytest.mark.parametrize("kind", RIGHT)
def test_unspoiled_they_are_seen(kind: str) -> None:
    assert asyncio.run(look(kind, [])) is not None


@pytest.mark.parametrize("kind", RIGHT)
@given(spoils=SPOILS)
@settings(max_examples=40)
def test_it_can_be_told_or_nothing_was_seen(kind: str, spoils: list[tuple[int, Json]]) -> None:
    sight = asyncio.run(look(kind, spoils))
    if sight is None:
        return
    used = [value for one in (sight.used, *(project.used for project in sight.projects)) for _, value in one]
    assert all(map(math.isfinite, sight.metrics.values()))
    assert all(value is None or 0 <= value < 1e16 for value in used)
    told = [sight.sentence, *sight.metrics, *(project.model_dump_json() for project in sight.projects)]
    assert all(text.encode() and "\x00" not in text for text in told)
