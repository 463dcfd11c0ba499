import pytest

from services.deployer.backends.im.machines import Machine
from services.deployer.backends.im.rewriting.scaling import retyped, with_counts, with_gone, without_removals
from services.deployer.backends.im.standing import named_for_removal, number_of, to_remove
from shared.contracts.topology import ComputeNeeds, Json, Node, Topology
from tests.support.builders import a_topology

TAGGED = {"tags": {"CORALE_TAG": "corale-d-1"}}


def farm(count: int = 1, removal_list: Json = None) -> Topology:
    scalable = {"scalable": {"removal_list": removal_list}} if removal_list is not None else {}
    worker = Node(name="worker", type="t", compute=ComputeNeeds(), count=count, capabilities=scalable)
    return a_topology(Node(name="front", type="t", compute=ComputeNeeds()), worker, Node(name="app", type="s"))


def machines(*named: str) -> list[Machine]:
    """Machines from texts like `worker 3 failed`."""
    parts = [(*text.split(), "configured") for text in named]
    return [Machine(number, node, {"state": state}) for node, number, state, *_ in parts]


def document(**nodes: Json) -> dict[str, Json]:
    return {"topology_template": {"node_templates": nodes}}


@pytest.mark.parametrize(
    ("count", "named", "standing", "going"),
    [
        (2, [], ["worker 1", "worker 2"], []),
        (3, [], ["worker 1", "worker 2"], []),
        (1, [], ["worker 1", "worker 9", "worker 10"], ["10", "9"]),
        (1, [], ["worker 1 failed", "worker 2", "worker 3 unconfigured"], ["3", "1"]),
        (1, ["1"], ["worker 1", "worker 2"], ["1"]),
        (2, ["1"], ["worker 1", "worker 2"], ["1"]),
        (1, ["1"], ["worker 1", "worker 2", "worker 3"], ["1", "3"]),
        (1, ["7"], ["worker 1"], []),
        (0, [], ["worker 1"], ["1"]),
    ],
)
def test_those_that_are_named_go_then_the_broken_then_the_youngest(
    count: int, named: list[str], standing: list[str], going: list[str]
) -> None:
    found = machines("front 0", *standing)
    assert to_remove(farm(count), found, {"worker": frozenset(named)}, frozenset()) == going


def test_a_machine_of_another_node_is_not_removed_by_its_number() -> None:
    assert to_remove(farm(), machines("front 0", "worker 1"), {"worker": frozenset({"0"})}, frozenset()) == []


def test_machines_of_nodes_that_are_gone_or_replaced_all_go() -> None:
    found = machines("front 0", "worker 1", "old 2", "old 3")
    assert to_remove(farm(), found, {}, frozenset({"front"})) == ["0", "2", "3"]


def test_machines_are_named_by_the_ids_of_their_resources_or_by_their_numbers() -> None:
    assert named_for_removal(farm(2, ["i/vms/3", "4"]), "i") == {"front": frozenset(), "worker": frozenset({"3", "4"})}
    assert named_for_removal(farm(2), "i") == {"front": frozenset(), "worker": frozenset()}
    assert named_for_removal(farm(2, ["3", "8f1c"]), "i") == "8f1c"


@pytest.mark.parametrize(("name", "number"), [("i/vms/3", "3"), ("3", "3"), ("j/vms/3", None), ("", None), ("٣", None)])
def test_only_a_number_or_an_id_of_this_infrastructure_is_a_machine(name: str, number: str | None) -> None:
    assert number_of(name, "i") == number


def test_counts_are_said_for_every_machine_and_lists_of_removals_are_dropped() -> None:
    scalable = {"count": 9, "max_instances": 9, "removal_list": ["1"]}
    found = document(front={}, worker={"capabilities": {"scalable": {"properties": scalable}}}, app={})
    without_removals(found, farm(2))
    with_counts(found, farm(2))
    assert found == document(
        front={"capabilities": {"scalable": {"properties": {"count": 1}}}},
        worker={"capabilities": {"scalable": {"properties": {"count": 2, "max_instances": 9}}}},
        app={},
    )


def test_a_machine_that_is_no_longer_asked_for_is_kept_with_a_count_of_none() -> None:
    kept = document(
        old={"type": "mine", "properties": TAGGED, "requirements": [{"x": "y"}]}, app={"type": "s"}, front={}
    )
    found = document(front={"type": "t"})
    with_gone(found, kept | {"node_types": {"mine": {"derived_from": "t"}, "both": {"a": 1}}})
    assert found["topology_template"]["node_templates"] == {
        "front": {"type": "t"},
        "old": {"type": "mine", "capabilities": {"scalable": {"properties": {"count": 0}}}},
    }
    assert found["node_types"]["mine"] == {"derived_from": "t"}


@pytest.mark.parametrize(
    "kept", [None, "text", {}, {"topology_template": None}, document(odd=1, tags={"properties": []})]
)
def test_a_template_that_is_not_kept_or_not_ours_asks_for_nothing(kept: Json) -> None:
    found = document(front={"type": "t"})
    with_gone(found, kept)
    assert found == document(front={"type": "t"})
    assert retyped(found, kept) == frozenset()


def test_a_machine_of_another_type_than_before_is_noticed() -> None:
    kept = document(
        front={"type": "a", "properties": TAGGED}, same={"type": "b", "properties": TAGGED}, app={"type": "c"}
    )
    now = document(front={"type": "z"}, same={"type": "b"}, app={"type": "z"})
    assert retyped(now, kept) == frozenset({"front"})
