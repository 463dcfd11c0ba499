from dataclasses import replace

import pytest
import yaml

from services.deployer.backends.im.marks import mark_in_radl, mark_in_tosca
from services.deployer.backends.im.places import WrongPlace, open_mapping, unshared
from services.deployer.backends.im.rewriting import whole
from services.deployer.backends.im.rewriting.placement import (
    accept_placement,
    image_address,
    set_flavour,
    set_image,
    set_tags,
    tags_for,
)
from services.deployer.backends.im.rewriting.secret_inputs import fill_secrets
from services.deployer.backends.im.rewriting.volumes import set_volume_types
from services.deployer.ports import Access, Target
from shared.contracts.ranking import NetworkPlacement, NodePlacement, VolumePlacement
from shared.contracts.topology import ComputeNeeds, Connection, Json, NetworkKind, Node, Topology, TopologyKind
from shared.contracts.vocabulary import DeploymentId, Principal, TrialNo
from tests.support.builders import a_candidate

INDIGO = "tosca.nodes.indigo.Compute"
TEMPLATE = """
tosca_definitions_version: tosca_simple_yaml_1_0
topology_template:
  inputs:
    admin_password: { type: string }
    keep: { type: string, default: x }
  node_templates:
    front: &machine
      type: tosca.nodes.indigo.Compute
      properties: { tags: { who: me, CORALE_TAG: corale-stolen-1 } }
      capabilities: { host: { properties: { num_cpus: 2, disk_size: 10 GB } } }
    worker: *machine
    app:
      type: tosca.nodes.SoftwareComponent
      properties: { word: { get_input: admin_password }, url: { concat: [ a, { get_input: [ admin_password ] } ] } }
"""


def compute(name: str, type: str = INDIGO) -> Node:
    return Node(name=name, type=type, compute=ComputeNeeds(), path=("topology_template", "node_templates", name))


def port(name: str) -> Node:
    links = (Connection(requirement="binding", target="server"), Connection(requirement="link", target="net"))
    return Node(name=name, type="tosca.nodes.network.Port", connections=links)


def topology(*nodes: Node, secrets: tuple[str, ...] = ()) -> Topology:
    return Topology(
        kind=TopologyKind.INFRASTRUCTURE,
        definitions_version="tosca_simple_yaml_1_0",
        catalogue="none",
        nodes=nodes,
        secret_inputs=secrets,
    )


def target(*, access: Access | None = None) -> Target:
    nodes = (
        NodePlacement(node="front", image="img-1", flavour="m1.small", image_user="ubuntu"),
        NodePlacement(node="worker", image="img-2"),
    )
    update = {"service_type": "openstack", "endpoint": "https://cloud.example.org:5000/v3", "nodes": nodes}
    return Target(
        tag="corale-d-1",
        deployment_id=DeploymentId("d"),
        trial=TrialNo(1),
        owner=Principal(issuer="i", subject="a-subject"),
        candidate=a_candidate().model_copy(update=update),
        topology=topology(compute("front"), compute("worker"), secrets=("admin_password",)),
        template=TEMPLATE,
        access=access or Access("t", {"admin_password": "open sesame"}),
    )


def prepared(wanted: Target) -> str:
    return whole.written(whole.prepared(wanted))


def read(text: str) -> Json:
    return yaml.safe_load(text)


def test_each_machine_gets_its_own_image_flavour_and_tags() -> None:
    nodes = read(prepared(target()))["topology_template"]["node_templates"]
    front, worker = nodes["front"], nodes["worker"]
    assert front["capabilities"]["os"]["properties"] == {
        "image": "ost://cloud.example.org/img-1",
        "credential": {"user": "ubuntu", "token": ""},
    }
    assert front["capabilities"]["host"]["properties"] == {"num_cpus": 2, "instance_type": "m1.small"}
    assert front["capabilities"]["scalable"]["properties"] == {"count": 1}
    assert worker["capabilities"]["os"]["properties"] == {"image": "ost://cloud.example.org/img-2"}
    assert worker["capabilities"]["host"]["properties"] == {"num_cpus": 2, "disk_size": "10 GB"}
    assert front["properties"]["tags"] == {
        "who": "me",
        "CORALE_TAG": "corale-d-1",
        "PAAS_DEP_UUID": "d",
        "PAAS_DEP_USER": "a-subject",
    }


def test_a_users_name_cannot_end_a_tag() -> None:
    named = replace(target(), owner=Principal(issuer="i", subject="o'hara,CORALE_TAG=x"))
    assert tags_for(named)["PAAS_DEP_USER"] == "o-hara-CORALE_TAG-x"


def test_our_tag_is_in_the_metadata_and_is_read_from_there() -> None:
    text = prepared(target())
    assert read(text)["metadata"] == {"CORALE_TAG": "corale-d-1"}
    assert mark_in_tosca(text) == "corale-d-1"


def test_secret_inputs_are_filled_and_no_longer_declared() -> None:
    document = read(prepared(target()))["topology_template"]
    assert document["node_templates"]["app"]["properties"] == {
        "word": "open sesame",
        "url": {"concat": ["a", "open sesame"]},
    }
    assert list(document["inputs"]) == ["keep"]


def test_a_secret_that_did_not_come_is_named() -> None:
    with pytest.raises(WrongPlace, match="'admin_password' did not come"):
        prepared(target(access=Access("t")))


def test_a_secret_with_a_default_may_stay_away() -> None:
    document = {"topology_template": {"inputs": {"token": {"default": "d"}}, "x": {"get_input": "token"}}}
    fill_secrets(document, ("token",), {})
    assert document["topology_template"]["x"] == {"get_input": "token"}


def test_a_part_of_a_secret_can_be_asked_for() -> None:
    document = {"x": [{"get_input": ["account", "user"]}], "y": {"get_input": "other"}}
    fill_secrets(document, ("account",), {"account": {"user": "u", "password": "p"}})
    assert document == {"x": ["u"], "y": {"get_input": "other"}}


def test_a_type_that_takes_no_image_is_replaced_by_one_that_derives_from_it() -> None:
    document: dict[str, Json] = {"node_types": {"mine": {"derived_from": "tosca.nodes.Root"}}}
    found = {"type": "tosca.nodes.Compute"}
    accept_placement(document, found, compute("server", "tosca.nodes.Compute"))
    assert found["type"] == "corale.tosca.nodes.Compute"
    made = document["node_types"]["corale.tosca.nodes.Compute"]
    assert made["derived_from"] == "tosca.nodes.Compute"
    assert "tags" in made["properties"]
    assert "count" in document["capability_types"][made["capabilities"]["scalable"]["type"]]["properties"]
    assert "image" in document["capability_types"][made["capabilities"]["os"]["type"]]["properties"]
    assert "mine" in document["node_types"]


def test_a_type_that_derives_from_an_indigo_compute_is_left_alone() -> None:
    document: dict[str, Json] = {}
    found = {"type": "my.Compute"}
    accept_placement(document, found, Node(name="n", type="my.Compute", ancestors=(INDIGO, "tosca.nodes.Compute")))
    assert (document, found) == ({}, {"type": "my.Compute"})


def test_a_path_that_leads_nowhere_is_named() -> None:
    lost = target()
    nowhere = compute("front").model_copy(update={"path": ("topology_template", "nodes", "front")})
    with pytest.raises(WrongPlace, match=r"topology_template\.nodes\.front"):
        prepared(replace(lost, topology=topology(nowhere)))


@pytest.mark.parametrize(
    ("type", "image", "address"),
    [
        ("openstack", "img", "ost://cloud.example.org/img"),
        ("opennebula", "7", "one://cloud.example.org/7"),
        ("ec2", "ami-1", "aws://north/ami-1"),
        ("dummy", "img", "mock0://cloud.example.org/img"),
        ("openstack", "ost://other/img", "ost://other/img"),
    ],
)
def test_images_are_addressed_as_their_kind_of_cloud_wants(type: str, image: str, address: str) -> None:
    update = {"service_type": type, "endpoint": "https://cloud.example.org:5000/v3", "region": "north"}
    assert image_address(image, a_candidate().model_copy(update=update)) == address


def test_values_are_set_where_there_was_nothing() -> None:
    found: dict[str, Json] = {"capabilities": None}
    set_image(found, "i")
    set_flavour(found, "f")
    set_tags(found, {"a": "b"})
    assert found == {
        "capabilities": {"os": {"properties": {"image": "i"}}, "host": {"properties": {"instance_type": "f"}}},
        "properties": {"tags": {"a": "b"}},
    }


def test_parts_that_an_anchor_made_one_are_set_apart() -> None:
    shared: dict[str, Json] = {"a": [1]}
    copy = unshared({"x": shared, "y": shared})
    copy["x"]["a"].append(2)
    assert copy == {"x": {"a": [1, 2]}, "y": {"a": [1]}}


def test_a_place_that_holds_something_else_is_not_overwritten() -> None:
    with pytest.raises(WrongPlace, match=r"no mapping at a\.b"):
        open_mapping({"a": {"b": "text"}}, ("a", "b"))


def test_the_tag_is_read_from_the_machines_while_the_template_is_not_kept_yet() -> None:
    radl = "system front (\ninstance_name = 'x' and\ninstance_tags = 'who=me,CORALE_TAG=corale-d-12,b=c' and\n)"
    assert mark_in_radl(radl) == "corale-d-12"
    assert mark_in_radl("description d (name = 'CORALE_TAG=corale-d-12')") is None


@pytest.mark.parametrize("text", ["", "a: [", "just text", "metadata: x", "metadata: { CORALE_TAG: [1] }"])
def test_what_is_not_ours_has_no_tag(text: str) -> None:
    assert mark_in_tosca(text) is None


def test_the_order_of_keys_and_what_we_do_not_know_survive() -> None:
    text = "zeta: 1\n" + TEMPLATE + "x-ours: { b: [ 1, { c: d } ], a: null }\n"
    document = read(prepared(replace(target(), template=text)))
    assert list(document) == ["zeta", "tosca_definitions_version", "topology_template", "x-ours", "metadata"]
    assert list(document["topology_template"]) == ["inputs", "node_templates"]
    assert list(document["topology_template"]["node_templates"]) == ["front", "worker", "app"]
    assert document["x-ours"] == {"b": [1, {"c": "d"}], "a": None}


def test_a_node_is_found_wherever_its_path_leads() -> None:
    text = "parts: [ { inside: { n: { type: tosca.nodes.indigo.Compute } } } ]"
    nested = compute("n").model_copy(update={"path": ("parts", 0, "inside", "n")})
    document = read(prepared(replace(target(), template=text, topology=topology(nested))))
    assert document["parts"][0]["inside"]["n"]["properties"]["tags"]["CORALE_TAG"] == "corale-d-1"
    assert "topology_template" not in document


def test_a_volume_gets_the_sites_name_of_its_type() -> None:
    disk, other = (Node(name=name, type="tosca.nodes.indigo.BlockStorage") for name in ("disk", "other"))
    nodes: Json = {"disk": {"properties": {"size": "1 GB", "type": "fast"}}, "other": {"properties": {"type": "slow"}}}
    document = {"topology_template": {"node_templates": nodes}}
    set_volume_types(document, topology(disk, other), (VolumePlacement(node="disk", type="ssd-7"),))
    assert nodes == {
        "disk": {"properties": {"size": "1 GB", "type": "ssd-7"}},
        "other": {"properties": {"type": "slow"}},
    }


def test_all_transformations_are_applied() -> None:
    names = ("tosca.nodes.indigo.ElasticCluster", "tosca.nodes.indigo.LRMS.FrontEnd.Slurm", INDIGO)
    lrms = (Connection(requirement="lrms", target="slurm"),)
    nodes = (
        Node(name="elastic", type=names[0], properties={"hybrid": True}, connections=lrms),
        Node(name="slurm", type=names[1], host="server"),
        compute("server"),
        Node(name="net", type="tosca.nodes.network.Network", network=NetworkKind.PRIVATE),
        Node(name="disk", type="tosca.nodes.indigo.BlockStorage"),
        *(port(name) for name in ("a", "b")),
    )
    scalable = {"capabilities": {"scalable": {"properties": {"removal_list": ["1"]}}}}
    empty: Json = {name: {} for name in ("elastic", "slurm", "net", "disk", "a", "b")}
    text = yaml.safe_dump({"topology_template": {"node_templates": {**empty, "server": scalable}}})
    update = {
        "networks": (NetworkPlacement(kind=NetworkKind.PRIVATE, network="int"),),
        "volumes": (VolumePlacement(node="disk", type="ssd-7"),),
    }
    wanted = replace(target(), topology=topology(*nodes), template=text)
    wanted = replace(wanted, candidate=wanted.candidate.model_copy(update=update))
    found = read(prepared(wanted))["topology_template"]["node_templates"]
    assert found["elastic"]["properties"] == {"deployment_id": "d", "iam_access_token": "t"}
    assert found["slurm"]["requirements"] == [{"dependency": "indigovr_cp"}]
    assert found["net"]["properties"] == {"network_name": "int"}
    assert found["disk"]["properties"] == {"type": "ssd-7"}
    assert (found["a"], found["b"]) == ({"properties": {"order": 0}}, {"properties": {"order": 1}})
    assert found["server"]["capabilities"]["scalable"]["properties"] == {"count": 1}
