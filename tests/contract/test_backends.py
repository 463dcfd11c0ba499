"""Every backend folder is held to the promises of the port by being there. See `services/deployer/ports.py`."""

import importlib
from dataclasses import replace

import pytest

from services.deployer.backends import Simulation, UnknownBackend, discover, open_backend
from services.deployer.ports import Access, Backend, Broken, Created, Going, Gone, Pending, Ready, Target, tag_of
from shared.contracts.ranking import Candidate, NodePlacement, Score
from shared.contracts.topology import ComputeNeeds, Node, Output, Topology, TopologyKind
from shared.contracts.vocabulary import AgreementId, BackendName, DeploymentId, Principal, ServiceId, SiteId, TrialNo
from shared.failures import Transient

TOKEN = "a-token-that-nobody-may-ever-see"
DEPLOYMENT = DeploymentId("3f1d8a52-5d6c-4a9e-9a3b-0c6f1f0e7b11")
TEMPLATE = """
tosca_definitions_version: tosca_simple_yaml_1_0
topology_template:
  node_templates:
    server:
      type: tosca.nodes.Compute
      capabilities: { host: { properties: { num_cpus: 1 } } }
  outputs:
    address: { value: { get_attribute: [ server, private_address ] } }
"""
TOPOLOGY = Topology(
    kind=TopologyKind.INFRASTRUCTURE,
    definitions_version="tosca_simple_yaml_1_0",
    catalogue="none",
    nodes=(
        Node(
            name="server",
            type="tosca.nodes.Compute",
            compute=ComputeNeeds(cpus=1),
            path=("topology_template", "node_templates", "server"),
        ),
    ),
    outputs=(Output(name="address", value={"get_attribute": ["server", "private_address"]}),),
)
PATIENCE = 20


@pytest.fixture(params=sorted(discover()))
def name(request: pytest.FixtureRequest) -> BackendName:
    return BackendName(request.param)


@pytest.fixture
def remote(name: BackendName) -> Simulation:
    simulation: Simulation = importlib.import_module(f"services.deployer.backends.{name}.simulator").simulate()
    return simulation


@pytest.fixture
def backend(remote: Simulation) -> Backend:
    return remote.open()


@pytest.fixture
def target(name: BackendName, remote: Simulation) -> Target:
    candidate = Candidate(
        site=SiteId("site-a"),
        service=ServiceId("site-a-compute"),
        backend=name,
        service_type=remote.service_type,
        endpoint=remote.endpoint,
        agreement=AgreementId("an-agreement"),
        nodes=(NodePlacement(node="server", image="an-image", flavour="a-flavour"),),
        settings=dict(remote.settings),
        score=Score(index=1, success=1, expected=1),
    )
    return Target(
        tag=tag_of(DEPLOYMENT, TrialNo(1)),
        deployment_id=DEPLOYMENT,
        trial=TrialNo(1),
        owner=Principal(issuer="https://issuer.example.org", subject="a-user"),
        candidate=candidate,
        topology=TOPOLOGY,
        template=TEMPLATE,
        access=Access(TOKEN),
    )


async def created(backend: Backend, target: Target) -> Target:
    outcome = await backend.create(target)
    assert isinstance(outcome, Created)
    return replace(target, external_id=outcome.external_id)


async def ended(backend: Backend, remote: Simulation, target: Target) -> Ready | Broken:
    for _ in range(PATIENCE):
        outcome = await backend.progress(target)
        if not isinstance(outcome, Pending):
            return outcome
        remote.pass_time()
    pytest.fail("progress never ends")


async def removed(backend: Backend, remote: Simulation, target: Target) -> Gone | Broken:
    for _ in range(PATIENCE):
        outcome = await backend.destroy(target)
        if not isinstance(outcome, Going):
            return outcome
        remote.pass_time()
    pytest.fail("removal never ends")


async def test_what_was_created_is_found_by_its_tag(backend: Backend, target: Target) -> None:
    made = await created(backend, target)
    assert await backend.find(target) == made.external_id


async def test_what_was_created_is_found_by_a_process_that_did_not_create_it(
    backend: Backend, remote: Simulation, target: Target
) -> None:
    made = await created(backend, target)
    assert await remote.open().find(target) == made.external_id


async def test_nothing_is_found_before_anything_is_created(backend: Backend, target: Target) -> None:
    assert await backend.find(target) is None


async def test_one_trial_does_not_find_what_another_made(backend: Backend, target: Target) -> None:
    await created(backend, replace(target, tag=tag_of(DEPLOYMENT, TrialNo(11)), trial=TrialNo(11)))
    assert await backend.find(target) is None


async def test_a_creation_whose_answer_was_lost_is_adopted_and_stays_the_only_one(
    backend: Backend, remote: Simulation, target: Target
) -> None:
    remote.lose_next_answer()
    with pytest.raises(Transient):
        await backend.create(target)
    adopted = await remote.open().find(target)
    assert adopted is not None
    assert remote.standing(target.tag) == 1
    assert isinstance(await ended(backend, remote, replace(target, external_id=adopted)), Ready)


async def test_progress_ends_with_all_outputs(backend: Backend, remote: Simulation, target: Target) -> None:
    outcome = await ended(backend, remote, await created(backend, target))
    assert isinstance(outcome, Ready)
    assert outcome.outputs["address"]
    assert [resource.node for resource in outcome.resources] == ["server"]


async def test_what_is_not_there_yet_is_pending_and_says_so(backend: Backend, target: Target) -> None:
    outcome = await backend.progress(await created(backend, target))
    assert isinstance(outcome, Pending)
    assert outcome.message
    assert [node.node for node in outcome.nodes] == ["server"]


async def test_what_fails_later_is_broken_with_a_sentence(backend: Backend, remote: Simulation, target: Target) -> None:
    remote.break_next()
    outcome = await ended(backend, remote, await created(backend, target))
    assert isinstance(outcome, Broken)
    assert outcome.sentence
    assert outcome.site_fault


async def test_what_vanished_behind_our_back_is_broken(backend: Backend, remote: Simulation, target: Target) -> None:
    made = await created(backend, target)
    remote.forget(target.tag)
    outcome = await backend.progress(made)
    assert isinstance(outcome, Broken)
    assert "vanished" in outcome.sentence


async def test_a_refusal_is_a_value_with_a_cause_and_a_sentence_and_leaves_nothing(
    backend: Backend, remote: Simulation, target: Target
) -> None:
    remote.refuse_next()
    outcome = await backend.create(target)
    assert isinstance(outcome, Broken)
    assert outcome.cause
    assert outcome.sentence.endswith(".")
    assert await backend.find(target) is None
    assert isinstance(await backend.destroy(target), Gone)


async def test_what_stands_is_removed_and_verified(backend: Backend, remote: Simulation, target: Target) -> None:
    made = await created(backend, target)
    await ended(backend, remote, made)
    assert isinstance(await removed(backend, remote, made), Gone)
    assert remote.standing(target.tag) == 0


async def test_destroying_what_is_gone_is_gone(backend: Backend, remote: Simulation, target: Target) -> None:
    made = await created(backend, target)
    remote.forget(target.tag)
    assert isinstance(await backend.destroy(made), Gone)
    assert isinstance(await backend.destroy(made), Gone)


async def test_destroying_what_never_was_is_gone(backend: Backend, target: Target) -> None:
    assert isinstance(await backend.destroy(target), Gone)


async def test_destroying_needs_no_more_than_the_tag(backend: Backend, remote: Simulation, target: Target) -> None:
    await created(backend, target)
    assert isinstance(await removed(backend, remote, target), Gone)
    assert remote.standing(target.tag) == 0


async def test_destroying_removes_everything_with_the_tag_and_nothing_else(
    backend: Backend, remote: Simulation, target: Target
) -> None:
    other = replace(target, tag=tag_of(DEPLOYMENT, TrialNo(12)), trial=TrialNo(12))
    for each in (target, target, other):
        await created(backend, each)
    assert isinstance(await removed(backend, remote, target), Gone)
    assert remote.standing(target.tag) == 0
    assert remote.standing(other.tag) == 1


async def test_a_broken_creation_can_be_destroyed(backend: Backend, remote: Simulation, target: Target) -> None:
    remote.break_next()
    made = await created(backend, target)
    await ended(backend, remote, made)
    assert isinstance(await removed(backend, remote, made), Gone)
    assert remote.standing(target.tag) == 0


@pytest.mark.parametrize("method", ["create", "find", "progress", "destroy"])
async def test_a_site_that_cannot_be_reached_is_transient(
    method: str, backend: Backend, remote: Simulation, target: Target
) -> None:
    made = await created(backend, target)
    remote.disconnect()
    with pytest.raises(Transient) as caught:
        await getattr(backend, method)(made)
    assert TOKEN not in str(caught.value)


async def test_no_token_is_in_any_text(backend: Backend, remote: Simulation, target: Target) -> None:
    said = [repr(target), repr(backend)]
    remote.refuse_next()
    said.append(repr(await backend.create(target)))
    remote.break_next()
    said.append(repr(await ended(backend, remote, await created(backend, target))))
    said.append(repr(await removed(backend, remote, target)))
    said.append(repr(await ended(backend, remote, await created(backend, target))))
    assert TOKEN not in "".join(said)


async def test_closing_twice_is_harmless(backend: Backend) -> None:
    await backend.close()
    await backend.close()


def test_a_backend_that_is_not_there_is_refused_with_the_names_of_those_that_are() -> None:
    with pytest.raises(UnknownBackend, match=", ".join(sorted(discover()))):
        open_backend("fog", {})


def test_a_setting_that_is_not_known_is_refused(name: BackendName) -> None:
    with pytest.raises(ValueError, match="colour"):
        discover()[name]({"COLOUR": "blue"})
