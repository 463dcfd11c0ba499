"""Changing and acting upon what stands; what a real Infrastructure Manager makes of it is in tests/integration."""

from dataclasses import replace

import pytest

from services.deployer.backends.im.simulator import ImSimulation, simulate
from services.deployer.ports import Access, Acted, Broken, Created, Pending, Ready, Target
from shared.contracts.topology import ComputeNeeds, Json, Node, Topology
from shared.contracts.vocabulary import Action, Cause, DeploymentId, NodeState, Principal, TrialNo
from shared.failures import Transient
from tests.support.builders import a_candidate, a_topology

INDIGO = "tosca.nodes.indigo.Compute"


def nodes(**counts: int) -> Topology:
    return a_topology(*(Node(name=n, type=INDIGO, compute=ComputeNeeds(), count=counts[n]) for n in counts))


def template(topology: Topology) -> str:
    written = "".join(f"    {node.name}: {{ type: {node.type} }}\n" for node in topology.nodes)
    return f"topology_template:\n  node_templates:\n{written}"


def asking(target: Target, topology: Topology) -> Target:
    return replace(target, topology=topology, template=template(topology))


@pytest.fixture
def remote() -> ImSimulation:
    return simulate()


@pytest.fixture
async def target(remote: ImSimulation) -> Target:
    """A front end and two workers that stand."""
    update = {"service_type": "dummy", "endpoint": remote.endpoint, "nodes": (), "networks": ()}
    wanted = asking(
        Target(
            tag="corale-d-1",
            deployment_id=DeploymentId("d"),
            trial=TrialNo(1),
            owner=Principal(issuer="i", subject="s"),
            candidate=a_candidate().model_copy(update=update),
            topology=nodes(front=1),
            template="",
            access=Access("the-users-token"),
        ),
        nodes(front=1, worker=2),
    )
    outcome = await remote.open().create(wanted)
    assert isinstance(outcome, Created)
    remote.pass_time()
    remote.requests.clear()
    return replace(wanted, external_id=outcome.external_id)


async def standing(remote: ImSimulation, target: Target) -> list[str]:
    outcome = await remote.open().progress(target)
    assert isinstance(outcome, Ready), outcome
    return [f"{resource.node} {resource.external_id[-1]}" for resource in outcome.resources]


async def test_what_is_missing_is_made_and_watched_like_a_creation(remote: ImSimulation, target: Target) -> None:
    more = asking(target, nodes(front=1, worker=3))
    assert await remote.open().change(more) == Created(str(target.external_id))
    assert isinstance(await remote.open().progress(more), Pending)
    remote.pass_time()
    assert await standing(remote, more) == ["front 0", "worker 1", "worker 2", "worker 3"]


async def test_what_goes_is_named_one_by_one_before_the_template_is_handed_in(
    remote: ImSimulation, target: Target
) -> None:
    await remote.open().change(asking(target, nodes(front=1, worker=1)))
    asked = [request for request in remote.requests if not request.startswith("GET")]
    base = f"/infrastructures/{target.external_id}"
    assert asked == [f"DELETE {base}/vms/2?context=false", f"POST {base}"]


async def test_a_change_asked_for_twice_changes_nothing_more(remote: ImSimulation, target: Target) -> None:
    other = asking(target, nodes(front=1, store=1))
    for _ in range(3):
        assert isinstance(await remote.open().change(other), Created)
    remote.pass_time()
    assert await standing(remote, other) == ["front 0", "store 3"]


async def test_a_node_that_comes_back_after_it_was_gone_is_made_again(remote: ImSimulation, target: Target) -> None:
    await remote.open().change(asking(target, nodes(front=1)))
    await remote.open().change(target)
    remote.pass_time()
    assert await standing(remote, target) == ["front 0", "worker 3", "worker 4"]


async def test_the_tag_stays_so_that_what_was_changed_is_still_found_and_removed(
    remote: ImSimulation, target: Target
) -> None:
    await remote.open().change(asking(target, nodes(front=2)))
    assert await remote.open().find(target) == target.external_id
    assert remote.standing(target.tag) == 1


async def test_a_refused_change_says_why_without_the_token(remote: ImSimulation, target: Target) -> None:
    remote.refuse_next(400, "Error Adding resources: Error adding VMs: quota exceeded for the-users-token")
    outcome = await remote.open().change(asking(target, nodes(front=1, worker=3)))
    assert isinstance(outcome, Broken)
    assert (outcome.cause, "the-users-token" in repr(outcome)) == (Cause.QUOTA, False)
    assert await standing(remote, target) == ["front 0", "worker 1", "worker 2"]


@pytest.mark.parametrize("workers", [1, 3])
async def test_a_manager_that_is_busy_is_asked_again(remote: ImSimulation, target: Target, workers: int) -> None:
    remote.refuse_next(409, "resources are being added")
    with pytest.raises(Transient, match="busy"):
        await remote.open().change(asking(target, nodes(front=1, worker=workers)))


async def test_a_machine_that_went_by_itself_meanwhile_is_looked_for_again(
    remote: ImSimulation, target: Target
) -> None:
    remote.refuse_next(404, "Error Removing resources: Deleted VM.")
    with pytest.raises(Transient):
        await remote.open().change(asking(target, nodes(front=1, worker=1)))


async def test_a_removal_that_is_refused_hands_nothing_in(remote: ImSimulation, target: Target) -> None:
    remote.refuse_next(400, "Error removing resources: ['The cloud is busy']")
    assert isinstance(await remote.open().change(asking(target, nodes(front=1, worker=1))), Broken)
    assert not any(request.startswith("POST") for request in remote.requests)


async def test_machines_of_a_node_that_has_another_type_now_are_replaced(remote: ImSimulation, target: Target) -> None:
    other = replace(
        asking(target, target.topology), template=target.template.replace("worker: { type: tosca", "worker: { type: my")
    )
    assert isinstance(await remote.open().change(other), Created)
    remote.pass_time()
    assert await standing(remote, other) == ["front 0", "worker 3", "worker 4"]


async def test_a_list_of_removals_with_a_name_that_is_no_machine_is_the_templates_fault(
    remote: ImSimulation, target: Target
) -> None:
    scalable = {"scalable": {"removal_list": ["0b5c"]}}
    worker = Node(name="worker", type=INDIGO, compute=ComputeNeeds(), capabilities=scalable)
    outcome = await remote.open().change(asking(target, a_topology(worker)))
    assert isinstance(outcome, Broken)
    assert (outcome.cause, outcome.site_fault) == (Cause.TEMPLATE, False)
    assert "'0b5c'" in outcome.sentence
    assert not any(request.startswith(("POST", "DELETE")) for request in remote.requests)


async def test_what_has_vanished_or_never_was_cannot_be_changed_or_acted_upon(
    remote: ImSimulation, target: Target
) -> None:
    remote.forget(target.tag)
    for lost in (target, replace(target, external_id=None)):
        outcomes: list[Json] = [await remote.open().change(lost), await remote.open().act(lost, Action.STOP, ("0",))]
        assert [type(outcome) for outcome in outcomes] == [Broken, Broken]


async def test_a_change_of_a_site_that_is_not_described_well_is_refused_before_anything_is_asked(
    remote: ImSimulation, target: Target
) -> None:
    strange = replace(target, candidate=target.candidate.model_copy(update={"service_type": "mainframe"}))
    assert isinstance(await remote.open().change(strange), Broken)
    assert isinstance(await remote.open().act(strange, Action.STOP, ("0",)), Broken)
    assert remote.requests == []


async def acted(remote: ImSimulation, target: Target, action: Action, *numbers: str) -> list[NodeState]:
    machines = [f"{target.external_id}/vms/{number}" for number in numbers]
    outcome = await remote.open().act(target, action, machines)
    assert isinstance(outcome, Acted), outcome
    return [resource.state for resource in outcome.resources]


async def test_machines_are_stopped_and_started_one_by_one(remote: ImSimulation, target: Target) -> None:
    on, off = NodeState.STARTED, NodeState.STOPPED
    assert await acted(remote, target, Action.STOP, "0", "2") == [off, on, off]
    assert await acted(remote, target, Action.START, "2") == [off, on, on]
    assert await acted(remote, target, Action.RESTART, "1") == [off, on, on]


async def test_a_machine_that_is_as_wanted_is_left_alone(remote: ImSimulation, target: Target) -> None:
    await acted(remote, target, Action.START, "0", "1")
    assert not any(request.startswith("PUT") for request in remote.requests)


async def test_a_machine_on_its_way_is_not_told_again(remote: ImSimulation, target: Target) -> None:
    remote.infrastructures[str(target.external_id)].slow = True
    backend = remote.open()
    for _ in range(2):
        waiting = await backend.act(target, Action.STOP, ("1",))
        assert isinstance(waiting, Pending)
        assert "0 of 1 machines" in waiting.message
    assert sum(request.startswith("PUT") for request in remote.requests) == 1


async def test_a_restart_asked_for_again_is_another_restart(remote: ImSimulation, target: Target) -> None:
    backend = remote.open()
    for _ in range(2):
        assert isinstance(await backend.act(target, Action.RESTART, ("1",)), Acted)
    assert sum(request.endswith("/vms/1/reboot") for request in remote.requests) == 2


async def test_after_an_action_that_failed_the_next_one_begins_anew(remote: ImSimulation, target: Target) -> None:
    remote.infrastructures[str(target.external_id)].slow = True
    backend = remote.open()
    assert isinstance(await backend.act(target, Action.STOP, ("0",)), Pending)
    remote.refuse_next(400, "Error stopping the VM: no")
    assert isinstance(await backend.act(target, Action.STOP, ("0", "1")), Broken)
    assert isinstance(await backend.act(target, Action.STOP, ("0", "1")), Pending)
    assert [request[-6:] for request in remote.requests if request.startswith("PUT")] == ["0/stop", "1/stop"] * 2


@pytest.mark.parametrize("nobody", ["9", "nonsense", "other/vms/0"])
async def test_a_machine_that_is_not_there_is_named_and_no_other_is_touched(
    remote: ImSimulation, target: Target, nobody: str
) -> None:
    outcome = await remote.open().act(target, Action.STOP, ("0", nobody))
    assert isinstance(outcome, Broken)
    assert f"no machine {nobody!r}" in outcome.sentence
    assert not any(request.startswith("PUT") for request in remote.requests)


async def test_a_machine_that_is_off_holds_up_a_creation_but_not_a_change(remote: ImSimulation, target: Target) -> None:
    await acted(remote, target, Action.STOP, "0")
    assert isinstance(await remote.open().progress(target), Pending)
    assert isinstance(await remote.open().change(target), Created)
    assert await standing(remote, target) == ["front 0", "worker 1", "worker 2"]
