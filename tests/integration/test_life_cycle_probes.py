"""The life-cycle probes against a real Infrastructure Manager with its Dummy cloud, and the simulated cloud."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from embedded.places import Places, places
from embedded.system import System
from services.monitoring.adapters.collectors import im, simulated
from services.monitoring.adapters.lifecycle.probing import Prober, mark_of
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Sight
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId, SiteId

pytestmark = pytest.mark.timeout(600)  # the first run ever installs the Infrastructure Manager

QUICK = {"poll": "0.1", "limit": "60", "clean": "30", "timeout": "30"}
USUAL = timedelta(seconds=5)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    home = Places(var=tmp_path_factory.mktemp("var"), cache=places().cache)
    with System(home, usual_ports=False, temporary=True) as started:
        started.im()
        started.simulated()
        started.wait_ready("issuer", "im", "simulated")
        yield started


def a_target(kind: str, endpoint: str, **entry: Json) -> Target:
    return Target(
        service=ServiceId("compute"),
        url=endpoint,
        site=SiteId("bari"),
        type=kind,
        endpoint=endpoint,
        images=("dummy://bari/ubuntu",),
        entries={"im" if kind == "dummy" else "simulated": entry},
    )


async def look(collector: Prober, target: Target) -> Sight:
    sight = await collector.collect(target)
    await collector.close()
    assert sight is not None
    return sight


def steps(sight: Sight) -> list[tuple[str, bool]]:
    return [(step.name, step.well) for step in sight.steps]


async def test_a_machine_at_a_real_infrastructure_manager_comes_and_goes(system: System) -> None:
    url = system.urls["im"]
    sight = await look(im.open_collector(QUICK, timeout=USUAL), a_target("dummy", url))
    assert sight.available is True, sight.sentence
    assert [(step.name, step.status) for step in sight.steps] == [("create", 200), ("run", 200), ("delete", 200)]
    assert await standing_at_im(url, a_target("dummy", url)) == []


async def test_a_machine_that_breaks_at_a_real_infrastructure_manager_is_removed(system: System) -> None:
    url = system.urls["im"]
    target = a_target("dummy", url, image="dummy://bari/fail-later")
    sight = await look(im.open_collector(QUICK, timeout=USUAL), target)
    assert steps(sight) == [("create", True), ("run", False), ("delete", True)]
    assert "The machine is failed." in sight.sentence
    assert await standing_at_im(url, target) == []


async def test_what_a_dead_probe_left_at_a_real_infrastructure_manager_is_found_and_removed(system: System) -> None:
    url = system.urls["im"]
    target = a_target("dummy", url)
    async with httpx.AsyncClient(headers=im_headers(target), trust_env=False, timeout=30) as client:
        template = im.RADL.format(mark=mark_of("corale-probe", target), image="dummy://bari/ubuntu")
        other = im.RADL.format(mark="somebody-else", image="dummy://bari/ubuntu")
        for text in (template, other):
            left = await client.post(f"{url}/infrastructures", content=text, headers={"Content-Type": "text/plain"})
            assert left.status_code == httpx.codes.OK, left.text
        sight = await look(im.open_collector(QUICK, timeout=USUAL), target)
        assert steps(sight) == [("clear", True), ("create", True), ("run", True), ("delete", True)]
        [others] = await standing_at_im(url, target)
        await client.delete(others)


async def test_a_stack_at_the_simulated_cloud_comes_and_goes(system: System) -> None:
    url = system.urls["simulated"]
    target = a_target("simulated", f"{url}/sites/bari")
    sight = await look(simulated.open_collector(QUICK, timeout=USUAL), target)
    assert sight.available is True, sight.sentence
    assert steps(sight) == [("create", True), ("run", True), ("delete", True)]
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{url}/stacks")).json() == {"stacks": []}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("refuse", [("create", False)]),
        ("fail-late", [("create", True), ("run", False), ("delete", True)]),
        ("lose-answer", [("create", False), ("delete", True)]),
    ],
)
async def test_whatever_goes_wrong_at_the_simulated_cloud_nothing_is_left(
    system: System, fault: str, expected: list[tuple[str, bool]]
) -> None:
    url = system.urls["simulated"]
    script = {"sites": {"bari": {"faults": [{"kind": fault, "count": 1, "seconds": 0.1}]}}}
    async with httpx.AsyncClient(trust_env=False) as client:
        (await client.put(f"{url}/script", json=script)).raise_for_status()
        target = a_target("simulated", f"{url}/sites/bari")
        assert steps(await look(simulated.open_collector(QUICK, timeout=USUAL), target)) == expected
        assert (await client.get(f"{url}/stacks")).json() == {"stacks": []}


def im_headers(target: Target) -> dict[str, str]:
    mark = mark_of("corale-probe", target)
    line = rf"id = im; type = InfrastructureManager; username = {mark}; password = {mark}\nid = dummy; type = Dummy"
    return {"Authorization": line, "Accept": "application/json"}


async def standing_at_im(url: str, target: Target) -> list[str]:
    async with httpx.AsyncClient(headers=im_headers(target), trust_env=False) as client:
        listed = (await client.get(f"{url}/infrastructures")).json()
    return [entry["uri"] for entry in listed["uri-list"]]
