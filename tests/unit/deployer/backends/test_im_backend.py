"""What is particular to this backend; the promises that all of them make are in tests/contract/test_backends.py."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from services.deployer.backends.im import open_backend
from services.deployer.backends.im.backend import InfrastructureManager
from services.deployer.backends.im.client import ImClient
from services.deployer.backends.im.settings import Settings
from services.deployer.backends.im.simulator import ImSimulation, simulate
from services.deployer.ports import Access, Broken, Created, Going, Gone, Pending, Ready, Target
from shared.contracts.topology import ComputeNeeds, Node, Output, Topology, TopologyKind
from shared.contracts.vocabulary import Cause, DeploymentId, NodeState, Principal, TrialNo
from shared.failures import Transient
from tests.support.builders import a_candidate

TEMPLATE = """
topology_template:
  node_templates:
    front: { type: tosca.nodes.indigo.Compute }
    worker: { type: tosca.nodes.indigo.Compute, capabilities: { scalable: { properties: { count: 2 } } } }
  outputs: { address: { value: { get_attribute: [ front, public_address, 0 ] } } }
"""


def compute(name: str, count: int = 1) -> Node:
    return Node(name=name, type="tosca.nodes.indigo.Compute", compute=ComputeNeeds(), count=count)


TOPOLOGY = Topology(
    kind=TopologyKind.INFRASTRUCTURE,
    definitions_version="tosca_simple_yaml_1_0",
    catalogue="none",
    nodes=(compute("front"), compute("worker", 2), Node(name="app", type="tosca.nodes.SoftwareComponent")),
    outputs=(Output(name="address"),),
)


@pytest.fixture
def remote() -> ImSimulation:
    return simulate()


@pytest.fixture
def target(remote: ImSimulation) -> Target:
    update = {"service_type": "dummy", "endpoint": remote.endpoint, "nodes": (), "networks": ()}
    return Target(
        tag="corale-d-1",
        deployment_id=DeploymentId("d"),
        trial=TrialNo(1),
        owner=Principal(issuer="i", subject="s"),
        candidate=a_candidate().model_copy(update=update),
        topology=TOPOLOGY,
        template=TEMPLATE,
        access=Access("the-users-token"),
    )


async def made(remote: ImSimulation, target: Target) -> Target:
    outcome = await remote.open().create(target)
    assert isinstance(outcome, Created)
    return replace(target, external_id=outcome.external_id)


async def test_progress_tells_the_state_of_each_node(remote: ImSimulation, target: Target) -> None:
    outcome = await remote.open().progress(await made(remote, target))
    assert isinstance(outcome, Pending)
    assert outcome.message == "0 of 3 machines are configured."
    assert [(node.node, node.state) for node in outcome.nodes] == [
        ("front", NodeState.CREATING),
        ("worker", NodeState.CREATING),
    ]


async def test_a_machine_is_asked_for_its_node_only_once(remote: ImSimulation, target: Target) -> None:
    target = await made(remote, target)
    backend = remote.open()
    await backend.progress(target)
    remote.requests.clear()
    await backend.progress(target)
    assert remote.requests == [f"GET /infrastructures/{target.external_id}/state"]


async def test_each_machine_is_a_resource_with_addresses_and_without_passwords(
    remote: ImSimulation, target: Target
) -> None:
    target = await made(remote, target)
    remote.pass_time()
    outcome = await remote.open().progress(target)
    assert isinstance(outcome, Ready)
    assert [resource.node for resource in outcome.resources] == ["front", "worker", "worker", "app"]
    assert outcome.resources[0].external_id == f"{target.external_id}/vms/0"
    assert outcome.resources[1].attributes["public_address"] == ["127.2.0.2"]
    assert "password" not in repr(outcome)


async def test_outputs_that_come_late_are_waited_for_but_not_for_ever(remote: ImSimulation, target: Target) -> None:
    target = await made(remote, target)
    remote.delays_outputs = True
    remote.pass_time()
    backend = remote.open()
    outcomes = [await backend.progress(target) for _ in range(4)]
    assert [type(outcome) for outcome in outcomes] == [Pending, Pending, Pending, Ready]
    assert isinstance(outcomes[0], Pending)
    assert "outputs still missing: address" in outcomes[0].message


async def test_outputs_that_come_at_last_are_taken(remote: ImSimulation, target: Target) -> None:
    target = await made(remote, target)
    remote.delays_outputs = True
    remote.pass_time()
    backend = remote.open()
    assert isinstance(await backend.progress(target), Pending)
    remote.delays_outputs = False
    outcome = await backend.progress(target)
    assert isinstance(outcome, Ready)
    assert outcome.outputs == {"address": "127.2.0.1"}


async def test_a_removal_that_came_to_nothing_is_asked_for_again_to_hear_why(
    remote: ImSimulation, target: Target
) -> None:
    target = await made(remote, target)
    remote.keeps_machines = True
    backend = remote.open()
    assert isinstance(await backend.destroy(target), Going)
    outcome = await backend.destroy(target)
    assert isinstance(outcome, Broken)
    assert outcome.sentence == "The site refused: The cloud is busy."


async def test_force_gives_up_what_cannot_be_removed_properly(remote: ImSimulation, target: Target) -> None:
    target = await made(remote, target)
    remote.keeps_machines = True
    backend = remote.open()
    assert isinstance(await backend.destroy(target, force=True), Going)
    remote.pass_time()
    assert isinstance(await backend.destroy(target, force=True), Gone)


async def test_a_removal_under_way_is_not_asked_for_twice(remote: ImSimulation, target: Target) -> None:
    target = await made(remote, target)
    backend = remote.open()
    for _ in range(3):
        assert await backend.destroy(target) == Going((str(target.external_id),), again=timedelta(seconds=2))
    assert sum(request.startswith("DELETE") for request in remote.requests) == 1


async def test_the_owner_of_an_infrastructure_is_asked_only_once(remote: ImSimulation, target: Target) -> None:
    await made(remote, target)
    backend = remote.open()
    await backend.find(target)
    remote.requests.clear()
    await backend.find(target)
    assert remote.requests == ["GET /infrastructures"]


async def test_what_another_user_made_is_not_found(remote: ImSimulation, target: Target) -> None:
    await made(remote, replace(target, access=Access("another-users-token")))
    assert await remote.open().find(target) is None


async def test_without_a_token_nothing_is_created_or_found(remote: ImSimulation, target: Target) -> None:
    no_token = replace(target, access=None)
    outcome = await remote.open().create(no_token)
    assert isinstance(outcome, Broken)
    assert outcome.cause is Cause.AUTH
    assert await remote.open().find(no_token) is None
    assert remote.requests == []


async def test_the_site_is_used_with_the_users_own_account_there(remote: ImSimulation, target: Target) -> None:
    own = {"username": "ada", "password": "her-word", "tenant": "hers"}
    candidate = target.candidate.model_copy(update={"service_type": "openstack"})
    await made(remote, replace(target, candidate=candidate, access=Access("the-users-token", site=own)))
    assert "username = ada; password = her-word; tenant = hers" in remote.credentials


async def test_a_token_that_is_refused_is_transient_while_looking_and_broken_while_removing(
    remote: ImSimulation, target: Target
) -> None:
    remote.refused_tokens.add("the-users-token")
    with pytest.raises(Transient):
        await remote.open().find(target)
    outcome = await remote.open().destroy(target)
    assert isinstance(outcome, Broken)
    assert outcome.cause is Cause.AUTH


async def test_a_token_in_a_refusal_is_blotted_out(remote: ImSimulation, target: Target) -> None:
    remote.refuse_next(400, "Error Creating Inf.: token the-users-token is not liked")
    outcome = await remote.open().create(target)
    assert isinstance(outcome, Broken)
    assert "[hidden]" in outcome.sentence
    assert "the-users-token" not in repr(outcome)


async def test_a_server_error_on_creation_is_a_refusal_and_elsewhere_transient(
    remote: ImSimulation, target: Target
) -> None:
    remote.refuse_next(500, "Internal Server Error")
    outcome = await remote.open().create(target)
    assert isinstance(outcome, Broken)
    remote.refuse_next(503, "busy")
    with pytest.raises(Transient):
        await remote.open().create(target)


async def test_a_kind_of_cloud_that_is_not_known_is_a_configuration_fault_of_the_site(
    remote: ImSimulation, target: Target
) -> None:
    strange = replace(target, candidate=target.candidate.model_copy(update={"service_type": "mainframe"}))
    outcome = await remote.open().create(strange)
    assert isinstance(outcome, Broken)
    assert (outcome.cause, outcome.site_fault) == (Cause.CONFIGURATION, True)
    assert isinstance(await remote.open().destroy(strange), Gone)


async def test_a_template_that_does_not_fit_its_topology_stops_the_deployment(
    remote: ImSimulation, target: Target
) -> None:
    outcome = await remote.open().create(replace(target, template="topology_template: {}"))
    assert isinstance(outcome, Broken)
    assert (outcome.cause, outcome.site_fault) == (Cause.CONFIGURATION, False)


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "http://im.example.org", "username": "half"},
        {"url": "http://user:word@im.example.org"},
        {"url": "ftp://im.example.org"},
        {"site_credentials": "not json"},
        {"orchestrator_url": "https://user:word@corale.example.org"},
        {"iam_clients": '{"https://iam.example.org": {"id": "only"}}'},
    ],
)
def test_settings_that_make_no_sense_are_refused_without_showing_them(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="validation error") as caught:
        open_backend(settings)
    assert not any(value in str(caught.value) for value in settings.values())


def test_settings_are_read_from_text_whatever_the_case_of_their_keys() -> None:
    settings = Settings.read({"URL": "http://im.example.org/", "Timeout": "2.5", "patience": "0"})
    assert (settings.base, settings.timeout, settings.patience) == ("http://im.example.org", 2.5, 0)


def test_credentials_of_sites_are_kept_by_service_and_not_shown() -> None:
    settings = Settings.read({"SITE_CREDENTIALS": '{"aws": {"username": "AK", "password": "SK-1"}}'})
    assert settings.credentials_for("aws") == {"username": "AK", "password": "SK-1"}
    assert settings.credentials_for("other") == {}
    assert "SK-1" not in repr(settings)


def test_the_client_of_an_issuer_is_found_with_or_without_a_slash_and_its_secret_is_not_shown() -> None:
    settings = Settings.read({"IAM_CLIENTS": '{"https://iam.example.org": {"id": "clues", "secret": "SECRET-1"}}'})
    found = settings.client_at("https://iam.example.org/")
    assert found is not None
    assert (found.id, found.secret.get_secret_value()) == ("clues", "SECRET-1")
    assert settings.client_at("https://other.example.org") is None
    assert "SECRET-1" not in repr(settings)


async def test_an_elastic_cluster_carries_the_token_to_the_manager_and_nowhere_else(
    remote: ImSimulation, target: Target
) -> None:
    clients = '{"i": {"id": "clues", "secret": "SECRET-1"}}'
    client = ImClient(transport=httpx.MockTransport(lambda _: httpx.Response(400, text="SECRET-1 the-users-token")))
    settings = Settings.read({"URL": "http://im.example.org", "IAM_CLIENTS": clients})
    outcome = await InfrastructureManager(settings, client).create(target)
    assert isinstance(outcome, Broken)
    assert not any(secret in repr(outcome) for secret in ("SECRET-1", "the-users-token"))
    elastic = Node(name="elastic", type="tosca.nodes.indigo.ElasticCluster")
    clustered = replace(
        target,
        topology=TOPOLOGY.model_copy(update={"nodes": (*TOPOLOGY.nodes, elastic)}),
        template=TEMPLATE.replace("  outputs:", "    elastic: { type: tosca.nodes.indigo.ElasticCluster }\n  outputs:"),
    )
    standing = await made(remote, clustered)
    assert "iam_access_token: the-users-token" in remote.infrastructures[str(standing.external_id)].text
