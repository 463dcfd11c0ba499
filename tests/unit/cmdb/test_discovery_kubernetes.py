"""Reading a Kubernetes cluster: what its nodes have to give, storage classes and quotas."""

import contextlib
import json
from collections.abc import Mapping
from decimal import Decimal

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from services.cmdb.adapters.discovery.client import Bounds, Client
from services.cmdb.adapters.discovery.kubernetes import open_discoverer
from services.cmdb.adapters.discovery.kubernetes.quantities import quantity
from services.cmdb.domain.discovered import Found, Target
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId, SiteId
from shared.failures import NeedsPerson, Transient
from tests.support.builders import NOON
from tests.unit.cmdb.recordings import Replay

TOKEN = {"token": "hunter2"}
READY = [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": "True"}]


async def read(
    transport: httpx.AsyncBaseTransport,
    credentials: Mapping[str, str] = TOKEN,
    *,
    endpoint: str = "https://k8s.example:6443/",
    **settings: Json,
) -> Found:
    target = Target(SiteId("bari"), ServiceId("k8s"), "kubernetes", endpoint, None, settings)
    client = Client(lambda: NOON, Bounds(pages=4), transport=transport)
    return await open_discoverer(client).read(target, {name: SecretStr(value) for name, value in credentials.items()})


class Cluster(httpx.AsyncBaseTransport):
    """An API server with these lists; a list that is a number is a refusal of that status."""

    def __init__(self, nodes: Json = (), storageclasses: Json = (), resourcequotas: Json = ()) -> None:
        self.lists = {"nodes": nodes, "storageclasses": storageclasses, "resourcequotas": resourcequotas}
        self.authorizations: set[str] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.authorizations.add(request.headers["Authorization"])
        said = self.lists[request.url.path.rpartition("/")[2]]
        if isinstance(said, int):
            return httpx.Response(said, stream=httpx.ByteStream(b"{}"))
        content = said if isinstance(said, bytes) else json.dumps({"kind": "List", "items": said}).encode()
        return httpx.Response(200, stream=httpx.ByteStream(content))


def node(name: str, conditions: Json = READY, *, unschedulable: bool = False, **allocatable: str) -> Json:
    given = {key.replace("__", ".").replace("_", "/"): value for key, value in allocatable.items()}
    status = {"allocatable": given, "conditions": conditions}
    return {"metadata": {"name": name}, "spec": {"unschedulable": unschedulable}, "status": status}


def a_quota(namespace: str, **hard: str) -> Json:
    limits = {key.replace("__", "."): value for key, value in hard.items()}
    return {"metadata": {"name": "q", "namespace": namespace}, "spec": {"hard": limits}}


async def test_a_real_api_server_is_read() -> None:
    found = await read(Replay("kubernetes"), {"token": "tok-admin"}, endpoint="https://127.0.0.1:26443")
    assert found.document == {
        "quota": {"cpus": 64.0, "memory": 524288, "instances": 220, "gpus": 4},
        "gpu_support": True,
        "volume_types": [{"name": "fast"}, {"name": "slow"}],
        "projects": [
            {
                "id": "physics",
                "name": "physics",
                "quota": {"cpus": 6.5, "memory": 32768, "instances": 50, "disk": 536, "volumes": 4, "gpus": 1},
            }
        ],
    }
    assert not found.unread


async def test_what_ready_nodes_have_to_give_is_the_quota() -> None:
    nodes = [
        node("a", cpu="31500m", memory="250Gi", pods="110", nvidia__com_gpu="2"),
        node("b", cpu="16", memory="131072Mi", pods="110"),
        node("c", unschedulable=True, cpu="64", memory="1Ti", pods="110", nvidia__com_gpu="8"),
        node("d", [{"type": "Ready", "status": "Unknown"}], cpu="64", memory="1Ti", pods="110"),
    ]
    found = await read(Cluster(nodes))
    assert found.document["quota"] == {"cpus": 47.5, "memory": 387072, "instances": 220, "gpus": 2}
    assert found.document["gpu_support"] is True


@pytest.mark.parametrize("resource", ["nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915", "nvidia.com/mig-1g.5gb"])
async def test_gpus_of_every_vendor_count(resource: str) -> None:
    giving = node("a")
    giving["status"]["allocatable"] = {resource: "2"}
    assert (await read(Cluster([giving]))).document["quota"]["gpus"] == 2


async def test_a_cluster_without_gpus_has_none() -> None:
    found = await read(Cluster([node("a", cpu="1")]))
    assert (found.document["gpu_support"], found.document["quota"]["gpus"]) == (False, 0)


async def test_storage_classes_are_volume_types() -> None:
    classes = [{"metadata": {"name": "slow"}}, {"metadata": {"name": "fast"}}]
    assert (await read(Cluster(storageclasses=classes))).document["volume_types"] == [
        {"name": "fast"},
        {"name": "slow"},
    ]


async def test_namespaces_with_quotas_are_projects_and_the_smallest_limit_counts() -> None:
    quotas = [
        a_quota("physics", requests__cpu="8", memory="16Gi", pods="20"),
        a_quota("physics", cpu="6", requests__memory="32Gi", persistentvolumeclaims="5", requests__storage="2T"),
        {"metadata": {"name": "g", "namespace": "physics"}, "spec": {"hard": {"requests.nvidia.com/gpu": "1"}}},
        a_quota("physics", pods="30", requests__cpu="7"),
        a_quota("kube-system", cpu="1"),
    ]
    found = await read(Cluster(resourcequotas=quotas))
    assert found.document["projects"] == [
        {
            "id": "physics",
            "name": "physics",
            "quota": {"cpus": 6.0, "memory": 16384, "instances": 20, "disk": 2000, "volumes": 5, "gpus": 1},
        }
    ]


async def test_namespaces_that_are_named_are_the_projects_with_or_without_a_quota() -> None:
    quotas = [a_quota("physics", cpu="8"), a_quota("biology", cpu="8")]
    found = await read(Cluster(resourcequotas=quotas), namespaces=["physics", "chemistry"])
    assert found.document["projects"] == [
        {"id": "chemistry", "name": "chemistry", "quota": {}},
        {"id": "physics", "name": "physics", "quota": {"cpus": 8.0}},
    ]


async def test_what_is_not_for_us_is_not_spoken_of() -> None:
    found = await read(Cluster(storageclasses=403, resourcequotas=403))
    assert sorted(found.document) == ["gpu_support", "quota"]
    assert not found.unread


@pytest.mark.parametrize("trouble", [500, b"<html>", b"[]", 5])
async def test_one_list_in_trouble_does_not_hide_the_others(trouble: Json) -> None:
    found = await read(Cluster(resourcequotas=trouble if trouble != 5 else b'{"items": 5}'))
    assert found.unread["projects"].startswith("The cluster's resource quotas")
    assert "quota" in found.document


@pytest.mark.parametrize("trouble", [500, b"<html>", b"{}", b'{"items": [{"metadata": {}}]}'])
async def test_a_cluster_whose_nodes_cannot_be_read_cannot_be_read(trouble: Json) -> None:
    with pytest.raises(Transient, match="The cluster's nodes"):
        await read(Cluster(trouble))


async def test_a_refused_token_is_a_sentence_without_it() -> None:
    with pytest.raises(NeedsPerson, match="credentials") as caught:
        await read(Cluster(401))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("credentials", [{}, {"password": "x"}, {"token_file": "/nowhere"}])
async def test_what_is_kept_wrong_is_said(credentials: dict[str, str]) -> None:
    with pytest.raises(NeedsPerson):
        await read(Cluster(), credentials)


async def test_the_token_is_shown_as_kubernetes_wants_it() -> None:
    cluster = Cluster()
    await read(cluster)
    assert cluster.authorizations == {"Bearer hunter2"}


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("2", 2), ("500m", "0.5"), ("256Gi", 256 * 2**30), ("1e3", 1000), ("12E", 12 * 10**18), ("1.5k", 1500)],
)
def test_quantities(text: str, value: int | str) -> None:
    assert quantity(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "m", "Gi", "-1", "1Zi", "NaN", "Infinity", "1e999", "1 Gi", "0x10", "1e99Ei"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        quantity(text)


@given(st.text() | st.from_regex(r"[0-9.eE+-]{1,8}[a-zA-Z]{0,2}", fullmatch=True))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert quantity(text) >= 0
