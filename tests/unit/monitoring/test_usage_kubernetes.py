"""Kubernetes is played by httpx's own transport, with ResourceQuotas as its API reference describes them."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from services.monitoring.adapters.collectors.usage.amounts import amount, kubernetes_quantity
from services.monitoring.adapters.collectors.usage.collector import Usage
from services.monitoring.adapters.collectors.usage.kubernetes import usages
from services.monitoring.adapters.reading.access import Access, Login
from services.monitoring.adapters.reading.answers import Asking
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Sight
from shared.contracts.sites import ProjectUsage, Quantities
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId
from shared.failures import Transient

URL = "https://kubernetes.example.org:6443"


def quota(namespace: str, hard: dict[str, str], used: dict[str, str], **spec: Json) -> dict[str, Json]:
    return {
        "metadata": {"namespace": namespace},
        "spec": {"hard": hard, **spec},
        "status": {"hard": hard, "used": used},
    }


async def look(answer: httpx.MockTransport, *namespaces: str) -> Sight:
    usage = Usage(
        Asking(timedelta(seconds=1), transport=answer),
        Access(credentials={URL: Login(token=SecretStr("t0k"))}),
        timedelta(seconds=0.2),
    )
    entries = {"usage": {"kind": "kubernetes", "url": URL, "projects": list(namespaces)}}
    try:
        sight = await usage.collect(Target(service=ServiceId("k8s"), url="", entries=entries))
    finally:
        await usage.close()
    assert sight is not None
    return sight


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("500m", 0.5),
        ("4", 4),
        (4, 4),
        ("2Gi", 2 * 1024**3),
        ("1.5k", 1500),
        ("1e3", 1000),
        ("2E", 2e18),
        ("1E2", 100),
        ("100u", 0.0001),
        ("-1", None),
        ("", None),
        ("ten", None),
        ("4 Gi", None),
        ("1e99", None),
        (None, None),
        ([4], None),
    ],
)
def test_a_quantity_is_read_or_absent(said: Json, value: float | None) -> None:
    assert kubernetes_quantity(said) == value


@pytest.mark.parametrize(
    ("said", "value"),
    [
        (20, 20),
        ("20", 20),
        (0, 0),
        (-1, None),
        (True, None),
        ("x", None),
        (1e300, None),
        (float("nan"), None),
        ({}, None),
    ],
)
def test_an_amount_is_read_or_absent(said: Json, value: float | None) -> None:
    assert amount(said) == value


def test_a_namespace_is_a_project() -> None:
    hard = {"requests.cpu": "8", "requests.memory": "16Gi", "pods": "20", "requests.nvidia.com/gpu": "2"}
    hard |= {"requests.storage": "100Gi", "persistentvolumeclaims": "5", "services.loadbalancers": "1"}
    used = {"requests.cpu": "1500m", "requests.memory": "3Gi", "pods": "0"}
    assert usages([quota("corale", hard, used)]) == (
        ProjectUsage(
            project="corale",
            used=Quantities(cpus=1.5, memory=3072, instances=0),
            quota=Quantities(cpus=8, memory=16384, instances=20, gpus=2, disk=100, volumes=5, public_addresses=1),
        ),
    )


def test_where_several_bound_one_thing_the_tightest_counts_and_different_things_are_not_mixed() -> None:
    told = usages(
        [
            quota("corale", {"cpu": "10"}, {"cpu": "2"}),
            quota("corale", {"requests.cpu": "6", "limits.cpu": "1"}, {"requests.cpu": "2", "limits.cpu": "1"}),
            quota("corale", {"cpu": "1"}, {"cpu": "1"}, scopes=["BestEffort"]),
            quota("corale", {"cpu": "1"}, {"cpu": "1"}, scopeSelector={"matchExpressions": [{}]}),
        ]
    )
    assert (told[0].quota.cpus, told[0].used.cpus) == (6, 2)


def test_a_quota_that_nobody_has_counted_yet_is_allowed_already_and_its_use_is_not_known() -> None:
    told = usages([{"metadata": {"namespace": "corale"}, "spec": {"hard": {"pods": "5"}}, "status": {}}])
    assert told == (ProjectUsage(project="corale", quota=Quantities(instances=5)),)


def test_what_is_no_quota_is_left_out() -> None:
    assert usages([{}, {"metadata": []}, {"metadata": {"namespace": "x"}, "status": "y"}]) == (
        ProjectUsage(project="x"),
    )


async def test_each_namespace_is_asked_for_as_who_we_are() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "Bearer t0k"
        if request.url.path == "/api/v1/namespaces/corale/resourcequotas":
            return httpx.Response(200, json={"items": [quota("corale", {"pods": "5"}, {"pods": "1"})]})
        return httpx.Response(403, json={"message": "quotas is forbidden"})

    sight = await look(httpx.MockTransport(answer), "corale", "a/b")
    assert [one.project for one in sight.projects] == ["corale"]
    assert sight.used == Quantities(instances=1)
    assert "/api/v1/namespaces/a%2Fb/resourcequotas is refused: 403 quotas is forbidden" in sight.sentence
    assert "no quota is known of a/b" in sight.sentence


async def test_none_named_is_all_that_we_see() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/v1/resourcequotas"
        items = [quota(name, {"pods": "5"}, {"pods": "1"}) for name in ("b", "a")]
        return httpx.Response(200, json={"items": items})

    sight = await look(httpx.MockTransport(answer))
    assert [one.project for one in sight.projects] == ["a", "b"]
    assert sight.sentence == "Usage of 2 projects is known."


async def test_a_namespace_that_takes_too_long_does_not_cost_the_others() -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        if "slow" in request.url.path:
            await asyncio.Event().wait()
        return httpx.Response(200, json={"items": [quota("corale", {"pods": "5"}, {"pods": "1"})]})

    sight = await look(httpx.MockTransport(answer), "slow", "corale")
    assert [one.project for one in sight.projects] == ["corale"]
    assert "there was no time for all of them" in sight.sentence


@pytest.mark.parametrize("body", [{}, [], {"items": "none"}, {"items": [1, "x"]}])
async def test_what_tells_of_no_project_is_no_sight(body: Json) -> None:
    with pytest.raises(Transient, match="tells nothing of any project"):
        await look(httpx.MockTransport(lambda _: httpx.Response(200, json=body)))


async def test_a_service_whose_site_does_not_ask_for_it_is_not_its_business() -> None:
    usage = Usage(Asking(timedelta(seconds=1)), Access(), timedelta(seconds=1))
    assert await usage.collect(Target(service=ServiceId("k8s"), url="")) is None
    with pytest.raises(Transient, match="cannot be understood"):
        await usage.collect(Target(service=ServiceId("k8s"), url="", entries={"usage": {"kind": "vmware"}}))
    await usage.close()
