"""Prometheus is played by httpx's own transport, with answers in the shapes that a real one gives."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from services.monitoring.adapters.collectors.prometheus.collector import Prometheus
from services.monitoring.adapters.reading.access import Access, Login
from services.monitoring.adapters.reading.answers import Asking
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Sight
from shared.contracts.sites import Quantities
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId
from shared.failures import Transient

SECOND = timedelta(seconds=1)
URL = "https://prometheus.bari.example.org/prom"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
Answer = Callable[[httpx.Request], httpx.Response]


def vector(*values: str, at: datetime = NOW) -> dict[str, Json]:
    series = [{"metric": {"n": str(n)}, "value": [at.timestamp(), value]} for n, value in enumerate(values)]
    return {"status": "success", "data": {"resultType": "vector", "result": series}}


def scalar(value: str) -> dict[str, Json]:
    return {"status": "success", "data": {"resultType": "scalar", "result": [NOW.timestamp(), value]}}


def refused(sentence: str) -> dict[str, Json]:
    return {"status": "error", "errorType": "bad_data", "error": sentence}


def knows(answers: Mapping[str, dict[str, Json]], taken: Mapping[str, datetime] | None = None) -> Answer:
    """A Prometheus that answers these queries; `taken` is when the samples of some of them were."""

    def answer(request: httpx.Request) -> httpx.Response:
        (query,) = parse_qs(request.content.decode())["query"]
        if query.startswith("timestamp("):
            inner = query.removeprefix("timestamp(\n").removesuffix("\n)")
            at = (taken or {}).get(inner, NOW)
            return httpx.Response(200, json=vector(str(at.timestamp())))
        said = answers.get(query, vector())
        return httpx.Response(400 if said["status"] == "error" else 200, json=said)

    return answer


async def look(
    answer: Answer, queries: Mapping[str, str], *, time: str | None = None, access: Access | None = None
) -> Sight:
    collector = Prometheus(
        Asking(SECOND, transport=httpx.MockTransport(answer)), access or Access(), timedelta(seconds=0.3)
    )
    entry: dict[str, Json] = {"url": URL, "queries": dict(queries), **({"time": time} if time else {})}
    target = Target(service=ServiceId("nova"), url="https://bari.example.org", entries={"prometheus": entry})
    try:
        sight = await collector.collect(target)
    finally:
        await collector.close()
    assert sight is not None
    return sight


async def test_each_query_becomes_what_its_name_says() -> None:
    answers = {"u": vector("1"), "l": vector("12.5"), "c": vector("48.5"), "m": vector("1024.4"), "b": scalar("812")}
    queries = {"available": "u", "latency_ms": "l", "cpus_used": "c", "memory_used": "m", "create_responseTime": "b"}
    sight = await look(knows(answers), queries)
    assert (sight.available, sight.latency_ms) == (True, 12.5)
    assert sight.used == Quantities(cpus=48.5, memory=1024)
    assert sight.metrics == {"create_responseTime": 812}
    assert (sight.source, sight.observed_at) == (URL, NOW)


@pytest.mark.parametrize(("value", "available"), [("1", True), ("0.5", True), ("0.49", False), ("0", False)])
async def test_half_or_more_is_available(value: str, available: bool) -> None:
    assert (await look(knows({"u": vector(value)}), {"available": "u"})).available is available


async def test_without_a_query_for_it_availability_is_not_known() -> None:
    assert (await look(knows({"c": vector("3")}), {"cpus_used": "c"})).available is None


async def test_a_failed_step_of_a_life_cycle_probe_says_that_the_service_does_not_work() -> None:
    answers = {"c": vector("1"), "r": vector("0")}
    assert (await look(knows(answers), {"create_result": "c", "run_result": "r"})).available is False


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (vector(), "no sample"),
        (vector("NaN"), "NaN"),
        (vector("+Inf"), "inf"),
        (vector("-3"), "-3 is no amount"),
        (vector("1e300"), "no amount"),
        (vector("1", "2"), r"2 series instead of one \(\{'n': '0'\}"),
        (refused("parse error"), "refused with 400, bad_data: parse error"),
        ({"status": "success", "data": {"resultType": "matrix", "result": []}}, "kind matrix"),
        ({"status": "success", "data": {"resultType": "vector", "result": [{"histogram": []}]}}, "kind vector"),
        ({"status": "success", "data": {"resultType": "scalar", "result": ["x", "1"]}}, "can be read"),
        ({"status": "success", "data": {"resultType": "scalar", "result": [1e300, "1"]}}, "can be read"),
        ({"status": "success"}, "kind None"),
    ],
)
async def test_what_is_no_amount_is_absent_and_the_sentence_says_why(said: dict[str, Json], why: str) -> None:
    queries = {"available": "u", "cpus_used": "c"}
    sight = await look(knows({"u": vector("1"), "c": said}), queries)
    assert sight.used == Quantities()
    assert sight.sentence.startswith("1 of 2 metrics are known. cpus_used: ")
    with pytest.raises(Transient, match=why):
        await look(knows({"c": said}), {"cpus_used": "c"})


async def test_many_series_are_counted_and_the_first_are_named() -> None:
    with pytest.raises(Transient, match=r"5 series instead of one \(\{'n': '0'\}, \{'n': '1'\}, \{'n': '2'\}, …\)"):
        await look(knows({"c": vector("1", "2", "3", "4", "5")}), {"cpus_used": "c"})


async def test_it_is_as_old_as_the_sample_and_not_as_the_question() -> None:
    old = NOW - timedelta(minutes=4)
    assert (await look(knows({"u": vector("1")}, {"u": old}), {"available": "u"})).observed_at == old


async def test_availability_decides_on_the_age_and_what_is_much_older_is_left_out() -> None:
    taken = {"c": NOW - timedelta(minutes=3), "m": NOW - timedelta(minutes=11)}
    answers = {"u": vector("1"), "c": vector("4"), "m": vector("7")}
    sight = await look(knows(answers, taken), {"available": "u", "cpus_used": "c", "memory_used": "m"})
    assert sight.observed_at == NOW
    assert sight.used == Quantities(cpus=4)
    assert "memory_used: too old (2026-03-01 11:49:00Z)" in sight.sentence


async def test_without_availability_it_is_as_old_as_the_oldest() -> None:
    old = NOW - timedelta(minutes=3)
    sight = await look(knows({"c": vector("4"), "m": vector("7")}, {"c": old}), {"cpus_used": "c", "memory_used": "m"})
    assert sight.observed_at == old


async def test_a_query_that_aggregates_is_as_old_as_the_site_says() -> None:
    old = NOW - timedelta(minutes=4)
    answers = {"sum(u)": vector("1"), "min(timestamp(u))": vector(str(old.timestamp()))}
    sight = await look(knows(answers), {"available": "sum(u)"}, time="min(timestamp(u))")
    assert sight.observed_at == old


async def test_a_time_ahead_of_prometheus_is_not_believed() -> None:
    ahead = {"u": NOW + timedelta(hours=1)}
    assert (await look(knows({"u": vector("1")}, ahead), {"available": "u"})).observed_at == NOW


async def test_one_slow_query_does_not_cost_the_others() -> None:
    fast = knows({"u": vector("1")})

    async def slow(request: httpx.Request) -> httpx.Response:
        if b"query=hard" in request.content:
            await asyncio.Event().wait()
        return fast(request)

    collector = Prometheus(Asking(SECOND, transport=httpx.MockTransport(slow)), Access(), timedelta(seconds=0.1))
    entry = {"url": URL, "queries": {"available": "u", "cpus_used": "hard"}}
    sight = await collector.collect(Target(service=ServiceId("nova"), url="", entries={"prometheus": entry}))
    assert sight is not None
    assert sight.available is True
    assert "cpus_used: no answer within 0.1 s" in sight.sentence
    await collector.close()


@pytest.mark.parametrize(
    ("login", "header"),
    [
        (Login(token=SecretStr("t0k")), "Bearer t0k"),
        (Login(username="ann", password=SecretStr("pw")), "Basic YW5uOnB3"),
    ],
)
async def test_it_is_told_who_asks(login: Login, header: str) -> None:
    heard: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heard.append(request.headers.get("Authorization"))
        return knows({"u": vector("1")})(request)

    await look(answer, {"available": "u"}, access=Access(credentials={URL: login}))
    assert set(heard) == {header}


async def test_one_who_is_not_let_in_says_so() -> None:
    with pytest.raises(Transient, match="not let in"):
        await look(lambda _: httpx.Response(401, json={}), {"available": "u"})


async def test_a_service_whose_site_names_no_prometheus_is_not_its_business() -> None:
    collector = Prometheus(Asking(SECOND), Access(), SECOND)
    assert await collector.collect(Target(service=ServiceId("nova"), url="")) is None
    await collector.close()


async def test_an_entry_that_no_longer_fits_is_no_bug() -> None:
    collector = Prometheus(Asking(SECOND), Access(), SECOND)
    target = Target(service=ServiceId("nova"), url="", entries={"prometheus": {"address": URL}})
    with pytest.raises(Transient, match="cannot be understood"):
        await collector.collect(target)
    await collector.close()
