"""The whole service as a process on real Kafka and PostgreSQL, killed in the middle of a life-cycle probe."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from embedded.places import Places, places
from embedded.system import System
from shared.contracts.topology import Json
from tests.support.waiting import soon

SITE = """
name: IFCA
services:
  - id: compute
    type: simulated
    backend: simulated
    kinds: [infrastructure]
    endpoint: "${SIMULATED_URL}/sites/ifca"
    monitoring: {simulated: {}}
"""
SETTINGS = {
    "MONITORING_COLLECTORS__SIMULATED__POLL": "0.1",
    "MONITORING_PACES__SIMULATED__EVERY": "1",
    "MONITORING_PACES__SIMULATED__PATIENCE": "3",
}
HANG_ONCE = {"sites": {"ifca": {"faults": [{"kind": "hang", "count": 1}]}}}


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    federation = tmp_path / "federation"
    (federation / "sites").mkdir(parents=True)
    (federation / "agreements").mkdir()
    (federation / "sites" / "ifca.yaml").write_text(SITE)
    home = Places(var=tmp_path / "var", cache=places().cache)
    with System(home, usual_ports=False, temporary=True, federation=federation) as started:
        cloud = started.simulated()
        started.wait_ready("simulated")
        httpx.put(f"{cloud}/script", json=HANG_ONCE, trust_env=False).raise_for_status()
        started.service("monitoring", settings=SETTINGS)
        yield started


@pytest.mark.timeout(180)
def test_a_probe_that_was_killed_leaves_nothing_once_monitoring_is_back(system: System) -> None:
    cloud, monitoring = system.urls["simulated"], system.urls["monitoring"]
    [stack] = soon(lambda: read(f"{cloud}/stacks", "stacks"), within=60, what="the probe's stack")
    system.kill("monitoring")
    assert [one["id"] for one in read(f"{cloud}/stacks", "stacks")] == [stack["id"]]
    system.start("monitoring")
    system.wait_ready("monitoring")

    def cleared() -> bool:
        seen = read(f"{monitoring}/observations/ifca", "history")
        return any(one["metrics"].get("clear_result") == 1.0 and one["available"] for one in seen)

    soon(cleared, within=60, what="the probe that clears")
    assert stack["id"] not in [one["id"] for one in read(f"{cloud}/stacks", "stacks")]


def read(url: str, what: str) -> list[Json]:
    found: list[Json] = httpx.get(url, trust_env=False).json()[what]
    return found
