import pytest

from services.deployer.backends.im.rewriting.elastic import WayBack, set_way_back
from shared.contracts.topology import Json, Node
from tests.support.builders import a_topology

ELASTIC = "tosca.nodes.indigo.ElasticCluster"
WAY = WayBack("d-1", "https://corale.example.org", "the-token", "clues", "a-secret-word")


def filled(properties: dict[str, Json] | None, way: WayBack = WAY, node: Node | None = None) -> Json:
    node = node or Node(name="elastic", type=ELASTIC)
    found: Json = {"properties": properties} if properties is not None else {}
    set_way_back({"topology_template": {"node_templates": {node.name: found}}}, a_topology(node), way)
    return found.get("properties")


def test_a_cluster_is_told_where_to_find_us_and_as_whom_to_come() -> None:
    assert filled(None) == {
        "deployment_id": "d-1",
        "orchestrator_url": "https://corale.example.org",
        "iam_access_token": "the-token",
        "iam_clues_client_id": "clues",
        "iam_clues_client_secret": "a-secret-word",
    }


def test_what_only_holds_the_place_is_filled_in() -> None:
    held = {
        "deployment_id": "orchestrator_deployment_id",
        "iam_access_token": "iam_access_token",
        "orchestrator_url": "",
    }
    found = filled(held)
    assert (found["deployment_id"], found["iam_access_token"]) == ("d-1", "the-token")
    assert found["orchestrator_url"] == "https://corale.example.org"


@pytest.mark.parametrize("value", ["https://own.example.org", {"get_attribute": ["a", "b"]}])
def test_what_the_template_gives_stays(value: Json) -> None:
    assert filled({"hybrid": True, "orchestrator_url": value})["orchestrator_url"] == value


def test_what_is_not_known_is_left_to_the_types_own_defaults() -> None:
    assert filled({"iam_clues_client_id": "iam_clues_client_id"}, WayBack("d-1")) == {
        "iam_clues_client_id": "iam_clues_client_id",
        "deployment_id": "d-1",
    }


def test_a_type_that_derives_from_the_elastic_cluster_is_one() -> None:
    assert filled({}, node=Node(name="mine", type="my.Cluster", ancestors=(ELASTIC,)))["deployment_id"] == "d-1"
    assert filled({}, node=Node(name="other", type="tosca.nodes.ec3.ElasticCluster")) == {}


def test_the_token_and_the_secret_of_the_client_are_not_shown() -> None:
    assert "the-token" not in repr(WAY)
    assert "a-secret-word" not in repr(WAY)
