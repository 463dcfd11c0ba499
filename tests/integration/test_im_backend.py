"""The `im` backend against a real Infrastructure Manager with its Dummy cloud, as the user of a real issuer."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from embedded.keys import Keys
from embedded.places import Places, places
from embedded.system import System
from embedded.tokens import Wanted, mint
from services.deployer.backends import open_backend
from services.deployer.ports import Access, Backend, Broken, Created, Gone, Pending, Ready, Target, tag_of
from shared.contracts.ranking import NetworkPlacement, NodePlacement
from shared.contracts.topology import ComputeNeeds, NetworkKind, Node, Output, Topology, TopologyKind
from shared.contracts.vocabulary import Cause, DeploymentId, NodeState, Principal, TrialNo
from tests.support.builders import a_candidate
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(600)  # the first run ever installs the Infrastructure Manager


PLAIN = """
tosca_definitions_version: tosca_simple_yaml_1_0
topology_template:
  node_templates:
    server:
      type: tosca.nodes.Compute
      capabilities:
        host: { properties: { num_cpus: 1, mem_size: 1 GB } }
  outputs:
    address: { value: { get_attribute: [ server, private_address ] } }
"""
INDIGO = """
tosca_definitions_version: tosca_simple_yaml_1_0
imports:
  - indigo: https://raw.githubusercontent.com/indigo-dc/tosca-types/master/custom_types.yaml
topology_template:
  inputs:
    admin_password: { type: string }
  node_templates:
    front:
      type: tosca.nodes.indigo.Compute
      properties: { instance_name: { get_input: admin_password } }
      capabilities:
        endpoint: { properties: { network_name: PUBLIC } }
        host: { properties: { num_cpus: 1, mem_size: 1 GB } }
    worker:
      type: tosca.nodes.indigo.Compute
      capabilities:
        scalable: { properties: { count: 2 } }
        host: { properties: { num_cpus: 1, mem_size: 1 GB } }
  outputs:
    address: { value: { get_attribute: [ front, public_address, 0 ] } }
    workers: { value: { get_attribute: [ worker, private_address ] } }
"""


@dataclass(frozen=True)
class Manager:
    """A running Infrastructure Manager, and how to come to it as a user."""

    url: str
    issuer: str
    keys: Path

    def token(self, subject: str, ttl: int = 600) -> str:
        return mint(self.issuer, Keys(self.keys).issuer(), Wanted(subject, ttl=ttl))


@contextmanager
def running(var: Path) -> Iterator[Manager]:
    with System(Places(var=var, cache=places().cache), usual_ports=False, temporary=True) as system:
        url = system.im()
        system.wait_ready("issuer", "im")
        yield Manager(url, system.urls["issuer"], system.issuer_keys)


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Manager]:
    with running(tmp_path_factory.mktemp("var")) as found:
        yield found


@pytest.fixture
async def backend(manager: Manager) -> AsyncIterator[Backend]:
    opened = open_backend("im", {"URL": manager.url})
    yield opened
    await opened.close()


def compute(name: str, type: str, count: int = 1) -> Node:
    path = ("topology_template", "node_templates", name)
    return Node(name=name, type=type, compute=ComputeNeeds(), count=count, path=path)


def topology(nodes: tuple[Node, ...], outputs: tuple[str, ...], secrets: tuple[str, ...] = ()) -> Topology:
    return Topology(
        kind=TopologyKind.INFRASTRUCTURE,
        definitions_version="tosca_simple_yaml_1_0",
        catalogue="none",
        nodes=nodes,
        outputs=tuple(Output(name=name) for name in outputs),
        secret_inputs=secrets,
    )


def a_target(manager: Manager, deployment: str, *, image: str = "ubuntu", user: str = "alice") -> Target:
    update = {
        "service_type": "dummy",
        "nodes": (NodePlacement(node="server", image=image, image_user="cloudadm", flavour="m1.small"),),
        "networks": (NetworkPlacement(kind=NetworkKind.PRIVATE, network="internal"),),
    }
    return Target(
        tag=tag_of(DeploymentId(deployment), TrialNo(1)),
        deployment_id=DeploymentId(deployment),
        trial=TrialNo(1),
        owner=Principal(issuer=manager.issuer, subject=user),
        candidate=a_candidate(endpoint=manager.url).model_copy(update=update),
        topology=topology((compute("server", "tosca.nodes.Compute"),), ("address",)),
        template=PLAIN,
        access=Access(manager.token(user)),
    )


async def made(backend: Backend, target: Target) -> Target:
    outcome = await backend.create(target)
    assert isinstance(outcome, Created), outcome
    return replace(target, external_id=outcome.external_id)


async def ended(backend: Backend, target: Target) -> Ready | Broken:
    async def look() -> Ready | Broken | None:
        outcome = await backend.progress(target)
        return None if isinstance(outcome, Pending) else outcome

    return await eventually(look, within=45, what="the end of the trial")


async def removed(backend: Backend, target: Target, *, force: bool = False) -> Gone | Broken:
    async def look() -> Gone | Broken | None:
        outcome = await backend.destroy(target, force=force)
        return outcome if isinstance(outcome, Gone | Broken) else None

    return await eventually(look, within=30, what="the removal")


async def test_a_plain_machine_is_made_adopted_finished_and_removed(backend: Backend, manager: Manager) -> None:
    target = await made(backend, a_target(manager, "plain"))
    assert await backend.find(target) == target.external_id
    outcome = await ended(backend, target)
    assert isinstance(outcome, Ready), outcome
    assert str(outcome.outputs["address"]).startswith("127.1.0.")
    (server,) = outcome.resources
    assert (server.node, server.state) == ("server", NodeState.STARTED)
    assert server.attributes["instance_type"] == "m1.small"
    assert isinstance(await removed(backend, replace(target, external_id=None)), Gone)
    assert await backend.find(target) is None


async def test_machines_of_indigo_types_get_their_outputs_and_a_secret(backend: Backend, manager: Manager) -> None:
    nodes = (compute("front", "tosca.nodes.indigo.Compute"), compute("worker", "tosca.nodes.indigo.Compute", 2))
    target = replace(
        a_target(manager, "indigo"),
        topology=topology(nodes, ("address", "workers"), ("admin_password",)),
        template=INDIGO,
        access=Access(manager.token("alice"), {"admin_password": "open-sesame"}),
    )
    target = await made(backend, target)
    outcome = await ended(backend, target)
    assert isinstance(outcome, Ready), outcome
    assert str(outcome.outputs["address"]).startswith("127.2.0.")
    assert len(outcome.outputs["workers"]) == 2
    assert [resource.node for resource in outcome.resources] == ["front", "worker", "worker"]
    assert isinstance(await removed(backend, target), Gone)


@pytest.mark.parametrize(
    ("image", "cause", "said"),
    [
        ("fail-launch", Cause.QUOTA, "quota exceeded"),
        ("fail-later", Cause.BACKEND, "went to error"),
        ("fail-ctxt", Cause.CONFIGURATION, "could not be configured"),
    ],
)
async def test_a_machine_that_fails_is_broken_with_its_reason_and_can_be_removed(
    image: str, cause: Cause, said: str, backend: Backend, manager: Manager
) -> None:
    target = await made(backend, a_target(manager, image, image=image))
    outcome = await ended(backend, target)
    assert isinstance(outcome, Broken), outcome
    assert (outcome.cause, outcome.site_fault) == (cause, True)
    assert said in outcome.sentence
    assert isinstance(await removed(backend, target), Gone)


async def test_a_machine_that_cannot_be_removed_says_why_until_it_is_forced(backend: Backend, manager: Manager) -> None:
    target = await made(backend, a_target(manager, "stuck", image="fail-delete"))
    assert isinstance(await ended(backend, target), Ready)
    outcome = await removed(backend, target)
    assert isinstance(outcome, Broken)
    assert "cannot delete the" in outcome.sentence
    assert isinstance(await removed(backend, target, force=True), Gone)


async def test_a_template_that_im_refuses_stops_the_deployment_and_leaves_nothing(
    backend: Backend, manager: Manager
) -> None:
    broken = PLAIN.replace("[ server, private_address ]", "[ nobody, private_address ]")
    target = replace(a_target(manager, "refused"), template=broken)
    outcome = await backend.create(target)
    assert isinstance(outcome, Broken), outcome
    assert (outcome.cause, outcome.site_fault) == (Cause.TEMPLATE, False)
    assert "nobody" in outcome.sentence
    assert "File " not in outcome.sentence + outcome.detail
    assert isinstance(await backend.destroy(target), Gone)


async def test_users_do_not_see_each_others_machines(backend: Backend, manager: Manager) -> None:
    target = await made(backend, a_target(manager, "private"))
    other = replace(target, access=Access(manager.token("bob")))
    assert await backend.find(other) is None
    denied = await backend.progress(other)
    assert isinstance(denied, Broken)
    assert denied.cause is Cause.AUTH
    assert isinstance(await removed(backend, target), Gone)


async def test_an_expired_token_is_an_auth_fault_and_is_not_shown(backend: Backend, manager: Manager) -> None:
    token = manager.token("alice", ttl=-60)
    outcome = await backend.create(replace(a_target(manager, "expired"), access=Access(token)))
    assert isinstance(outcome, Broken), outcome
    assert outcome.cause is Cause.AUTH
    assert token not in repr(outcome)
