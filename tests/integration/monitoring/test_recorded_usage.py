"""The usage collector beside what real services answered; `recorded/README.md` says which. No socket is opened."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from services.monitoring.adapters.collectors.usage.collector import Usage
from services.monitoring.adapters.reading.access import Access, Login
from services.monitoring.adapters.reading.answers import Asking
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Sight
from shared.contracts.sites import ProjectUsage, Quantities
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId
from shared.failures import Transient

RECORDED = Path(__file__).parent / "recorded"
KEYSTONE, KUBERNETES = "http://127.0.0.1:25000/v3", "https://127.0.0.1:26443"


@dataclass
class Tape:
    """Answers each question as it was answered; one that was never asked is a fault of the collector."""

    rows: list[dict[str, Json]] = field(
        default_factory=lambda: json.loads((RECORDED / "openstack.json").read_text(encoding="utf-8"))
    )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content) if request.content else None
        asked = (f"{request.method} {request.url}", request.headers.get("X-Auth-Token"), sent)
        (row,) = [row for row in self.rows if (row["asked"], row["as"], row["sent"]) == asked]
        headers = {"X-Subject-Token": row["subject"]} if row["subject"] else {}
        return httpx.Response(row["status"], json=row["json"], headers=headers)


async def look(answer: Tape | httpx.Response, kind: str, url: str, login: Login, *projects: str) -> Sight:
    transport = httpx.MockTransport(answer if isinstance(answer, Tape) else lambda _: answer)
    usage = Usage(
        Asking(timedelta(seconds=1), transport=transport), Access(credentials={url: login}), timedelta(seconds=9)
    )
    entries = {"usage": {"kind": kind}}
    try:
        sight = await usage.collect(
            Target(service=ServiceId("nova"), url="", endpoint=url, projects=projects, entries=entries)
        )
    finally:
        await usage.close()
    assert sight is not None
    return sight


@pytest.mark.parametrize("projects", [(), ("demo",)])
async def test_a_real_openstack_is_understood_and_its_unlimited_memory_is_absent(projects: tuple[str, ...]) -> None:
    login = Login(username="demo", password=SecretStr("demo"))
    sight = await look(Tape(), "openstack", KEYSTONE, login, *projects)
    nothing = Quantities(cpus=0, memory=0, instances=0, disk=0, public_addresses=0, volumes=0)
    allowed = Quantities(cpus=20, instances=10, disk=1000, public_addresses=50, volumes=10)
    assert sight.projects == (ProjectUsage(project="demo", used=nothing, quota=allowed),)
    assert sight.sentence == "Usage of 1 project is known."


async def test_a_real_keystone_refuses_in_its_own_words() -> None:
    with pytest.raises(Transient, match="401 The request you have made requires authentication"):
        await look(Tape(), "openstack", KEYSTONE, Login(username="demo", password=SecretStr("wrong")))


async def test_quotas_of_a_real_kubernetes_are_understood_and_what_nobody_counts_is_absent() -> None:
    answer = httpx.Response(200, json=json.loads((RECORDED / "kubernetes.json").read_text(encoding="utf-8")))
    sight = await look(answer, "kubernetes", KUBERNETES, Login(token=SecretStr("t")))
    allowed = Quantities(cpus=6.5, memory=32768, instances=50, disk=500, gpus=1, volumes=4)
    assert sight.projects == (ProjectUsage(project="physics", quota=allowed),)
    assert sight.used == Quantities()
