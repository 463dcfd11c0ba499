"""What the `im` backend makes of a template, and of what stands, as a real Infrastructure Manager takes it."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
import yaml

from services.deployer.backends import open_backend
from services.deployer.backends.im.client import Door, ImClient
from services.deployer.ports import Access, Acted, Backend, Broken, Created, Gone, Pending, Ready, Target
from services.gateway.adapters.templates import ready_templates
from services.gateway.domain.tosca import compile_template
from shared.contracts.ranking import NetworkPlacement, NodePlacement, VolumePlacement
from shared.contracts.topology import Json, NetworkKind
from shared.contracts.trials import Resource
from shared.contracts.vocabulary import Action, Cause, NodeState
from tests.integration.test_im_backend import Manager, a_target, ended, made, removed, running
from tests.support.waiting import eventually
from tests.unit.gateway.tosca.compiling import catalogues

pytestmark = pytest.mark.timeout(600)  # the first run ever installs the Infrastructure Manager

GATEWAY = "https://corale.example.org"
SECRET = "a-word-of-alice"
GIVEN = {"manager_token": SECRET}
TWO_NETWORKS = """
tosca_definitions_version: tosca_simple_yaml_1_0
imports:
  - indigo: https://raw.githubusercontent.com/indigo-dc/tosca-types/master/custom_types.yaml
topology_template:
  node_templates:
    outside: { type: tosca.nodes.indigo.network.Network, properties: { network_type: public } }
    inside: { type: tosca.nodes.indigo.network.Network, properties: { network_type: private } }
    to_outside:
      type: tosca.nodes.indigo.network.Port
      requirements: [ { binding: server }, { link: outside } ]
    to_inside:
      type: tosca.nodes.indigo.network.Port
      requirements: [ { binding: server }, { link: inside } ]
    disk: { type: tosca.nodes.indigo.BlockStorage, properties: { size: 10 GB, type: fast } }
    server:
      type: tosca.nodes.indigo.Compute
      requirements:
        - local_storage:
            node: disk
            relationship: { type: tosca.relationships.AttachesTo, properties: { location: /mnt/disk } }
"""
FARM = """
tosca_definitions_version: tosca_simple_yaml_1_0
imports:
  - indigo: https://raw.githubusercontent.com/indigo-dc/tosca-types/master/custom_types.yaml
topology_template:
  node_templates:
    front: { type: tosca.nodes.indigo.Compute }
    worker:
      type: tosca.nodes.indigo.Compute
      capabilities: { scalable: { properties: { count: COUNT, removal_list: [ REMOVED ] } } }
"""
STORE = "    store: { type: tosca.nodes.indigo.Compute }\n"


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Manager]:
    with running(tmp_path_factory.mktemp("var")) as found:
        yield found


@pytest.fixture
async def backend(manager: Manager) -> AsyncIterator[Backend]:
    clients = json.dumps({manager.issuer: {"id": "clues", "secret": "a-secret-of-clues"}})
    opened = open_backend("im", {"URL": manager.url, "ORCHESTRATOR_URL": GATEWAY, "IAM_CLIENTS": clients})
    yield opened
    await opened.close()


def compiled(manager: Manager, deployment: str, text: str, **inputs: Json) -> Target:
    done = compile_template(text, inputs, catalogues())
    compute = [node.name for node in done.topology.nodes if node.compute is not None]
    update = {
        "nodes": tuple(NodePlacement(node=name, image="ubuntu", flavour="m1.small") for name in compute),
        "networks": (
            NetworkPlacement(kind=NetworkKind.PUBLIC, network="ext"),
            NetworkPlacement(
                kind=NetworkKind.PRIVATE, network="int", cidr="10.7.1.0/24", proxy_host="gate", proxy_user="op"
            ),
        ),
        "volumes": (VolumePlacement(node="disk", type="ssd-7"),),
    }
    target = a_target(manager, deployment)
    return replace(
        target,
        topology=done.topology,
        template=done.template,
        candidate=target.candidate.model_copy(update=update),
        access=Access(manager.token("alice"), done.secret_values),
    )


def ready_to_use(name: str) -> str:
    return next(one.text for one in ready_templates() if one.name == name)


async def seen(target: Target, what: str) -> Json:
    """What the Infrastructure Manager keeps of the target's infrastructure."""
    assert target.access is not None
    assert target.external_id is not None
    url = target.candidate.endpoint.rstrip("/")
    header = f"id = im; type = InfrastructureManager; token = {target.access.token}"
    client = ImClient()
    answer = await client.read(Door(url, header), target.external_id, what)
    await client.close()
    return answer.body


async def stands(backend: Backend, target: Target) -> tuple[Resource, ...]:
    outcome = await ended(backend, target)
    assert isinstance(outcome, Ready), outcome
    return tuple(resource for resource in outcome.resources if "/vms/" in resource.external_id)


async def nodes_kept(target: Target) -> dict[str, Json]:
    document = yaml.safe_load((await seen(target, "tosca"))["tosca"])
    nodes: dict[str, Json] = document["topology_template"]["node_templates"]
    return nodes


async def test_an_elastic_cluster_knows_its_way_back(backend: Backend, manager: Manager) -> None:
    text = ready_to_use("slurm_elastic_cluster")
    target = await made(backend, compiled(manager, "elastic", text, **GIVEN))
    assert await stands(backend, target)
    assert target.access is not None
    elastic = (await nodes_kept(target))["elasticity"]["properties"]
    assert elastic["deployment_id"] == "elastic"
    assert elastic["orchestrator_url"] == GATEWAY
    assert elastic["iam_access_token"] == target.access.token
    assert (elastic["iam_clues_client_id"], elastic["iam_clues_client_secret"]) == ("clues", "a-secret-of-clues")
    assert isinstance(await removed(backend, target), Gone)


async def test_a_hybrid_cluster_gets_its_router(backend: Backend, manager: Manager) -> None:
    text = ready_to_use("slurm_hybrid_cluster")
    target = await made(backend, compiled(manager, "hybrid", text, **GIVEN))
    machines = await stands(backend, target)
    assert [machine.node for machine in machines] == ["front_end", "worker"]
    nodes = await nodes_kept(target)
    assert nodes["indigovr_cp"]["requirements"] == [{"host": "front_end"}]
    assert nodes["indigovr_client"]["requirements"] == [{"central_point": "indigovr_cp"}, {"host": "worker"}]
    assert isinstance(await removed(backend, target), Gone)


async def test_a_machine_on_two_networks_has_an_address_on_each(backend: Backend, manager: Manager) -> None:
    target = await made(backend, compiled(manager, "networks", TWO_NETWORKS))
    (server,) = await stands(backend, target)
    assert server.attributes["private_address"] == ["127.1.0.1"]
    assert server.attributes["public_address"] == ["127.2.0.1"]
    radl = (await seen(target, "vms/0"))["radl"]
    found = {part["id"]: part for part in radl}
    assert (found["outside"]["provider_id"], found["inside"]["provider_id"]) == ("ext", "int")
    assert found["inside"]["proxy_host"] == "op@gate"
    assert found["server"]["disk.1.type"] == "ssd-7"
    assert isinstance(await removed(backend, target), Gone)


def farm(manager: Manager, deployment: str, count: int, *, removed: str = "", store: str = STORE) -> Target:
    return compiled(manager, deployment, FARM.replace("COUNT", str(count)).replace("REMOVED", removed) + store)


async def changed(backend: Backend, standing: Target, wanted: Target) -> list[str]:
    """The change, asked for twice as after a crash; which machines stand in the end."""
    target = replace(wanted, external_id=standing.external_id)
    for _ in range(2):
        outcome = await backend.change(target)
        assert isinstance(outcome, Created), outcome
    machines = await stands(backend, target)
    return [f"{machine.node} {machine.external_id.rsplit('/', 1)[-1]}" for machine in machines]


async def test_machines_are_added_and_those_that_are_named_are_removed(backend: Backend, manager: Manager) -> None:
    target = await made(backend, farm(manager, "farm", 1))
    assert len(await stands(backend, target)) == 3
    more = await changed(backend, target, farm(manager, "farm", 3))
    assert more == ["front 0", "worker 1", "store 2", "worker 3", "worker 4"]
    first = f"{target.external_id}/vms/1"
    assert await changed(backend, target, farm(manager, "farm", 2, removed=first)) == [
        "front 0",
        "store 2",
        "worker 3",
        "worker 4",
    ]
    assert await changed(backend, target, farm(manager, "farm", 1)) == ["front 0", "store 2", "worker 3"]
    assert isinstance(await removed(backend, target), Gone)


async def test_a_machine_whose_place_is_named_but_still_wanted_is_replaced(backend: Backend, manager: Manager) -> None:
    target = await made(backend, farm(manager, "replaced", 1))
    await stands(backend, target)
    wanted = farm(manager, "replaced", 1, removed=f"{target.external_id}/vms/1")
    assert await changed(backend, target, wanted) == ["front 0", "store 2", "worker 3"]
    assert isinstance(await removed(backend, target), Gone)


async def test_a_node_that_is_no_longer_there_loses_its_machines_and_may_come_back(
    backend: Backend, manager: Manager
) -> None:
    target = await made(backend, farm(manager, "node", 1))
    await stands(backend, target)
    assert await changed(backend, target, farm(manager, "node", 1, store="")) == ["front 0", "worker 1"]
    assert await changed(backend, target, farm(manager, "node", 1)) == ["front 0", "worker 1", "store 3"]
    assert isinstance(await removed(backend, target), Gone)


async def test_a_change_that_the_site_refuses_leaves_what_stands(backend: Backend, manager: Manager) -> None:
    target = await made(backend, farm(manager, "refused", 1))
    await stands(backend, target)
    wanted = replace(farm(manager, "refused", 2), external_id=target.external_id)
    failing = tuple(placement.model_copy(update={"image": "fail-launch"}) for placement in wanted.candidate.nodes)
    full = replace(wanted, candidate=wanted.candidate.model_copy(update={"nodes": failing}))
    outcome = await backend.change(full)
    assert isinstance(outcome, Broken), outcome
    assert outcome.cause is Cause.QUOTA
    assert len(await stands(backend, target)) == 3
    assert await changed(backend, target, wanted) == ["front 0", "worker 1", "store 2", "worker 4"]
    assert isinstance(await removed(backend, target), Gone)


async def acted(backend: Backend, target: Target, action: Action, machines: tuple[str, ...]) -> list[NodeState]:
    async def ask() -> Acted | Broken | None:
        answer = await backend.act(target, action, machines)
        return None if isinstance(answer, Pending) else answer

    outcome = await eventually(ask, within=30, what=f"the {action}")
    assert isinstance(outcome, Acted), outcome
    return [resource.state for resource in outcome.resources]


async def test_machines_are_stopped_started_and_restarted(backend: Backend, manager: Manager) -> None:
    on, off = NodeState.STARTED, NodeState.STOPPED
    target = await made(backend, farm(manager, "acts", 1))
    front, worker, _ = (machine.external_id for machine in await stands(backend, target))
    assert await acted(backend, target, Action.STOP, (front, worker)) == [off, off, on]
    assert await acted(backend, target, Action.START, (worker,)) == [off, on, on]
    assert await acted(backend, target, Action.RESTART, (worker,)) == [off, on, on]
    more = await changed(backend, target, farm(manager, "acts", 2))
    assert more == ["front 0", "worker 1", "store 2", "worker 3"]
    assert isinstance(await removed(backend, target), Gone)


async def test_a_machine_that_is_not_there_cannot_be_acted_upon(backend: Backend, manager: Manager) -> None:
    target = await made(backend, farm(manager, "nobody", 1))
    await stands(backend, target)
    for nobody in (f"{target.external_id}/vms/9", "other/vms/0", "nonsense"):
        outcome = await backend.act(target, Action.STOP, (nobody,))
        assert isinstance(outcome, Broken), outcome
        assert nobody in outcome.sentence
    assert isinstance(await removed(backend, target), Gone)
