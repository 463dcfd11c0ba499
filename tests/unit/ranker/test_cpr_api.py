"""`POST /rank` as the old ranker answered it."""

import re

import httpx
import pytest
from fastapi import FastAPI

from services.ranker.api.cpr import Asked, old_routes, ranked
from shared.contracts.topology import Json
from shared.runtime.errors import install_error_shape

Document = dict[str, Json]


def sla(name: str, service: str, provider: str = "provider-X", **amounts: float | None) -> Document:
    target: Document = {"type": "public_ip", "unit": None, "restrictions": {**amounts}}
    services: list[Json] = [{"type": "computing", "service_id": service, "targets": [target]}]
    return {"customer": "g", "provider": provider, "services": services, "id": name, "start_date": "…"}


def liked(name: str, service: str, weight: float | None) -> Document:
    return {"sla_id": name, "service_id": service, "weight": weight}


def monitored(service: str, *metrics: tuple[str, float | None], parent: str | None = None) -> Document:
    told: list[Json] = [{"metricName": name, "metricValue": value, "paasThresholds": []} for name, value in metrics]
    return {"service_id": service, "service_parent_id": parent, "type": "org.openstack.nova", "metrics": told}


def asking(*, priority: list[Document], agreements: list[Document], services: list[Document]) -> Document:
    return {
        "preferences": [{"service_type": "compute", "priority": [*priority]}],
        "sla": [*agreements],
        "monitoring": [{"provider": "provider-X", "services": [*services]}],
    }


def in_order(document: Document) -> list[tuple[str, int, float]]:
    return [(one.service_id, one.rank, one.total_score) for one in ranked(Asked.model_validate(document))]


async def posted(document: Json) -> httpx.Response:
    app = FastAPI()
    install_error_shape(app)
    app.include_router(old_routes())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ranker") as client:
        return await client.post("/rank", json=document)


async def test_the_answer_has_the_old_words() -> None:
    agreements = [sla("sla-1", "svc-1", total_guaranteed=12)]
    fast = monitored("svc-1", ("create_result", 1), ("create_responseTime", 400), ("run_result", 0))
    answer = await posted(asking(priority=[liked("sla-1", "svc-1", 0.5)], agreements=agreements, services=[fast]))
    assert answer.status_code == 200
    assert answer.json() == [
        {
            "provider": "provider-X",
            "service_id": "svc-1",
            "sla_weight": 0.5,
            "total_score": 12.25,
            "rank": 1,
            "ranked": True,
        }
    ]


def test_weight_goes_before_the_score_and_no_weight_is_zero() -> None:
    agreements = [sla(f"sla-{name}", name, total_limit=size) for name, size in (("a", 100), ("b", 1), ("c", 50))]
    document = asking(priority=[liked("sla-b", "b", 1)], agreements=agreements, services=[])
    assert in_order(document) == [("b", 1, 1), ("a", 2, 100), ("c", 3, 50)]


def test_what_has_no_agreement_or_adds_up_to_nothing_is_not_ranked() -> None:
    up = monitored("b", ("create_result", 1), ("create_responseTime", 100))
    document = asking(priority=[], agreements=[sla("sla-a", "a", total_limit=0)], services=[up])
    assert in_order(document) == [("b", -1, 1), ("a", -1, 0)]


def test_the_parent_s_score_is_added() -> None:
    agreements = [sla("sla-a", "a", total_limit=2), sla("sla-p", "p", total_limit=5)]
    document = asking(priority=[], agreements=agreements, services=[monitored("a", parent="p"), monitored("p")])
    assert in_order(document) == [("a", 1, 7), ("p", 2, 5)]


def test_equals_keep_the_order_they_came_in() -> None:
    agreements = [sla(f"sla-{name}", name, total_limit=3) for name in "zab"]
    assert [name for name, _, _ in in_order(asking(priority=[], agreements=agreements, services=[]))] == ["z", "a", "b"]


ONE = [sla("sla-1", "svc-1", total_guaranteed=1)]
TWICE = [monitored("svc-1", ("run_result", 1), ("run_result", 0))]


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (asking(priority=[liked("sla-2", "svc-1", 1)], agreements=ONE, services=[]), "names? the SLA 'sla-2'"),
        (asking(priority=[liked("sla-1", "svc-2", 1)], agreements=ONE, services=[]), "'svc-2' of the SLA 'sla-1'"),
        (asking(priority=[liked("sla-1", "svc-1", None)], agreements=ONE, services=[]), "no weight"),
        (asking(priority=[], agreements=ONE, services=TWICE), "'run_result' .* is there twice"),
        (asking(priority=[], agreements=ONE, services=[monitored("svc-1", ("m", None))]), "'m' .* has no value"),
    ],
)
async def test_what_once_failed_every_deployment_is_refused_in_a_sentence(document: Json, sentence: str) -> None:
    answer = await posted(document)
    assert answer.status_code == 400
    assert re.search(sentence, answer.json()["message"])
