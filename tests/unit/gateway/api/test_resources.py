"""A resource is one thing for ever: neither an update nor a removal gives its id to another."""

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.removals import in_site_words, lasting, text_in_site_words, unknown_removals
from services.gateway.domain.resources import parts_of, pieces
from services.gateway.domain.view import View, begin, fold
from shared.contracts.deployments import DeploymentCompleted, UpdateCompleted, UpdateRequested
from shared.contracts.topology import Topology
from shared.contracts.trials import Resource
from shared.contracts.vocabulary import CredentialRef, DeploymentId, Principal, Revision
from tests.support.builders import ISSUER, NOON, a_compute_node, a_request, a_topology

TOPOLOGY = a_topology(a_compute_node())
PARTS = parts_of(TOPOLOGY)


def machine(number: int) -> Resource:
    """A machine of the node `server`."""
    return Resource(node="server", type="tosca.nodes.indigo.Compute", external_id=f"i/vms/{number}")


def having(view: View, revision: int, machines: frozenset[int]) -> View:
    """The view after an update to these machines."""
    owner = Principal(issuer=ISSUER, subject="ada")
    asked = UpdateRequested(
        deployment_id=DeploymentId("d-1"),
        revision=Revision(revision),
        owner=owner,
        credential=CredentialRef("c"),
        topology=TOPOLOGY,
        template="",
        requested_by=owner,
    )
    done = UpdateCompleted(
        deployment_id=DeploymentId("d-1"),
        revision=Revision(revision),
        resources=tuple(machine(number) for number in sorted(machines)),
    )
    return fold(fold(view, asked, NOON), done, NOON)


@given(st.lists(st.frozensets(st.integers(0, 9), max_size=6), min_size=1, max_size=6))
def test_whatever_comes_and_goes_an_id_is_of_one_machine_and_a_machine_has_one_id(
    history: list[frozenset[int]],
) -> None:
    done = DeploymentCompleted(deployment_id=DeploymentId("d-1"), revision=Revision(1), trials=())
    view = fold(begin(a_request(), NOON), done, NOON)
    machine_of: dict[str, str] = {}
    for revision, machines in enumerate(history, start=2):
        view = having(view, revision, machines)
        standing = [piece for piece in pieces(view, PARTS) if piece.external_id is not None]
        assert {piece.external_id for piece in standing} == {f"i/vms/{number}" for number in machines}
        assert len({piece.id for piece in standing}) == len(standing)
        for piece in standing:
            assert machine_of.setdefault(piece.id, str(piece.external_id)) == piece.external_id
    assert len(set(machine_of.values())) == len(machine_of)


def test_what_stood_before_places_were_kept_is_told_apart_all_the_same() -> None:
    done = DeploymentCompleted(
        deployment_id=DeploymentId("d-1"), revision=Revision(1), resources=(machine(0), machine(1)), trials=()
    )
    old = fold(begin(a_request(), NOON), done, NOON).model_copy(update={"seats": ()})

    assert len({piece.id for piece in pieces(old, ())}) == 2


def removing(*names: str) -> Topology:
    """A topology whose node is to lose these."""
    node = a_compute_node().model_copy(update={"capabilities": {"scalable": {"removal_list": list(names)}}})
    return a_topology(node, secret_inputs=["password"])


def test_a_removal_list_names_what_is_there_or_a_number_of_the_site() -> None:
    standing = pieces(
        having(begin(a_request(), NOON).model_copy(update={"status": "CREATE_COMPLETE"}), 2, frozenset({3})), PARTS
    )

    assert unknown_removals(removing("i/vms/3", "7"), standing) is None
    assert standing[0].id in str(unknown_removals(removing("i/vms/4"), standing))


def test_ids_are_put_into_the_words_of_the_site_wherever_they_stand() -> None:
    ids = {"aaaa": "i/vms/0"}

    assert in_site_words({"x": ["aaaa", {"y": "aaaa"}], "n": 1}, ids) == {"x": ["i/vms/0", {"y": "i/vms/0"}], "n": 1}
    assert text_in_site_words("[aaaa, bbbb]", ids) == "[i/vms/0, bbbb]"


def test_neither_secrets_nor_what_was_removed_once_is_kept_for_the_next_update() -> None:
    given_ = {"cpus": 2, "password": "x", "gone": ["i/vms/0"], "names": ["a"]}

    assert lasting(given_, removing(), {"aaaa": "i/vms/0"}) == {"cpus": 2, "names": ["a"]}
