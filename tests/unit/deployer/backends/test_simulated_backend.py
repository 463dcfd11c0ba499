"""What is particular to this backend; the promises that all of them make are in tests/contract/test_backends.py."""

from dataclasses import replace

import httpx
import pytest

from services.deployer.backends.simulated import open_backend
from services.deployer.backends.simulated.api import build
from services.deployer.backends.simulated.faults import Fault, Kind, Script, SiteScript
from services.deployer.backends.simulated.outputs import evaluated, resources
from services.deployer.backends.simulated.simulator import CloudSimulation, simulate
from services.deployer.backends.simulated.stacks import Machine, machine
from services.deployer.ports import Broken, Created, Gone, Ready, Target
from shared.contracts.topology import ComputeNeeds, Json, Node, Output, Topology, TopologyKind
from shared.contracts.vocabulary import Cause, DeploymentId, Principal, TrialNo
from shared.failures import Transient
from tests.support.builders import a_candidate

MACHINES = (machine("front", 1, 0), machine("worker", 1, 1), machine("worker", 1, 2))


def topology(*outputs: Output) -> Topology:
    return Topology(
        kind=TopologyKind.INFRASTRUCTURE,
        definitions_version="tosca_simple_yaml_1_0",
        catalogue="none",
        nodes=(
            Node(name="front", type="tosca.nodes.indigo.Compute", compute=ComputeNeeds()),
            Node(name="worker", type="tosca.nodes.indigo.Compute", compute=ComputeNeeds(), count=2),
            Node(
                name="app",
                type="tosca.nodes.WebApplication",
                host="front",
                properties={"port": 80, "where": {"get_property": ["front", "endpoint", "zone"]}},
            ),
        ),
        outputs=outputs,
        inputs={"name": "corale", "size": {"big": 3}},
    )


def target(deployment: str = "d", trial: int = 1, **settings: str) -> Target:
    return Target(
        tag=f"corale-{deployment}-{trial}",
        deployment_id=DeploymentId(deployment),
        trial=TrialNo(trial),
        owner=Principal(issuer="i", subject="s"),
        candidate=a_candidate(endpoint="http://cloud.example.org/sites/a").model_copy(update={"settings": settings}),
        topology=topology(Output(name="address", value={"get_attribute": ["front", "public_address", 0]})),
        template="",
    )


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("text", "text"),
        ({"get_attribute": ["front", "public_address", 0]}, "192.0.2.1"),
        ({"get_attribute": ["front", "public_address"]}, "192.0.2.1"),
        ({"get_attribute": ["worker", "private_address"]}, ["10.0.1.2", "10.0.1.3"]),
        ({"get_attribute": ["worker", "private_address", 7]}, None),
        ({"get_attribute": ["app", "public_address", 0]}, "192.0.2.1"),
        ({"concat": ["http://", {"get_attribute": ["front", "public_address", 0]}, ":", 80]}, "http://192.0.2.1:80"),
        ({"get_property": ["app", "port"]}, 80),
        ({"get_property": ["nobody", "port"]}, None),
        ({"get_input": "name"}, "corale"),
        ({"get_input": ["size", "big"]}, 3),
        ({"token": ["a.b.c", ".", 1]}, "b"),
        ({"a": [{"get_input": "name"}], "b": 1}, {"a": ["corale"], "b": 1}),
        (
            {"get_attribute": ["front", "endpoint", "credential", 0]},
            {"user": "cloudadm", "token_type": "password", "token": "simulated"},
        ),
        (None, None),
    ],
)
def test_outputs_are_evaluated_as_far_as_a_pretended_machine_can(expression: Json, value: Json) -> None:
    assert evaluated(topology(Output(name="it", value=expression)), MACHINES) == {"it": value}


def test_there_is_a_resource_for_each_machine_and_each_other_node() -> None:
    found = resources(topology(), "stack-1", MACHINES)
    assert [(resource.node, resource.external_id) for resource in found] == [
        ("front", "stack-1/0"),
        ("worker", "stack-1/1"),
        ("worker", "stack-1/2"),
        ("app", "stack-1/app"),
    ]


def test_addresses_are_from_the_ranges_for_documentation_and_private_use() -> None:
    for stack in (1, 250, 60_000):
        for place in (0, 300):
            found: Machine = machine("n", stack, place)
            assert found.public_address.startswith("192.0.2.")
            assert found.private_address.startswith("10.")
            numbers = [int(part) for part in f"{found.public_address}.{found.private_address}".split(".")]
            assert all(0 <= number <= 255 for number in numbers)


@pytest.fixture
def remote() -> CloudSimulation:
    return simulate()


async def test_what_is_kept_is_broken_until_force_is_used(remote: CloudSimulation) -> None:
    fault = Fault(kind=Kind.KEEP, sentence="Locked.", cause=Cause.BACKEND)
    remote.world.follow(Script(sites={"*": SiteScript(faults=(fault,))}))
    backend = remote.open()
    await backend.create(target())
    outcome = await backend.destroy(target())
    assert isinstance(outcome, Broken)
    assert outcome.sentence == "Locked."
    assert isinstance(await backend.destroy(target(), force=True), Gone)


async def test_a_site_without_time_is_transient(remote: CloudSimulation) -> None:
    remote.world.follow(Script(sites={"*": SiteScript(faults=(Fault(kind=Kind.UNAVAILABLE),))}))
    with pytest.raises(Transient):
        await remote.open().create(target())
    assert remote.standing("corale-d-1") == 0


async def test_a_fault_can_be_the_templates(remote: CloudSimulation) -> None:
    fault = Fault(kind=Kind.REFUSE, cause=Cause.TEMPLATE, site_fault=False, sentence="No such type.")
    remote.world.follow(Script(sites={"*": SiteScript(faults=(fault,))}))
    assert await remote.open().create(target()) == Broken(Cause.TEMPLATE, "No such type.", site_fault=False)


async def test_the_script_is_set_and_the_world_is_shown_by_http(remote: CloudSimulation) -> None:
    wire = httpx.ASGITransport(build(remote.world))
    async with httpx.AsyncClient(transport=wire, base_url="http://cloud.example.org") as http:
        script = {"seed": 3, "sites": {"a": {"faults": [{"kind": "refuse", "count": 1, "cause": "image"}]}}}
        assert (await http.put("/script", json=script)).status_code == 200
        assert (await http.put("/script", json={"sites": 3})).status_code == 422
        assert (await http.get("/script")).json()["seed"] == 3
        refused = await http.post("/sites/a/stacks", json={"tag": "t", "nodes": {"server": 1}})
        assert (refused.status_code, refused.json()["cause"]) == (409, "image")
        made = await http.post("/sites/a/stacks", json={"tag": "t", "nodes": {"server": 1}})
        assert made.status_code == 201
        assert [stack["tag"] for stack in (await http.get("/stacks")).json()["stacks"]] == ["t"]
        assert (await http.get("/sites/a")).json() == {"site": "a", "stacks": 1}
        assert (await http.get("/health")).json() == {"stacks": 1}


async def test_an_instant_thing_stands_when_it_is_first_asked_about() -> None:
    backend = open_backend({"MODE": "instant"})
    assert not backend.features.needs_access
    assert await backend.find(target()) is None
    assert await backend.create(target()) == Created("corale-d-1")
    assert await backend.find(target()) == "corale-d-1"
    outcome = await backend.progress(target())
    assert isinstance(outcome, Ready)
    assert str(outcome.outputs["address"]).startswith("192.0.2.")
    assert isinstance(await backend.destroy(target()), Gone)
    assert await backend.find(target()) is None


async def test_an_instant_site_fails_for_the_share_of_deployments_that_its_settings_say() -> None:
    backend = open_backend({"mode": "instant"})
    failed = 0
    for number in range(1000):
        outcome = await backend.progress(target(f"deployment-{number}", fail_share="0.1"))
        failed += isinstance(outcome, Broken)
    assert 70 < failed < 130


async def test_access_is_needed_only_if_the_operator_says_so() -> None:
    for settings in ({"needs_access": "true", "timeout": "1"}, {"mode": "instant", "needs_access": "true"}):
        backend = open_backend(settings)
        assert backend.features.needs_access
        await backend.close()


async def test_one_deployments_trials_are_told_apart(remote: CloudSimulation) -> None:
    backend = remote.open()
    await backend.create(target(trial=1))
    assert await backend.find(replace(target(trial=2), external_id=None)) is None
