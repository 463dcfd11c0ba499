import pytest

from services.deployer.backends.im.rewriting.networks import attach, order_ports, set_networks
from shared.contracts.ranking import NetworkPlacement
from shared.contracts.topology import ComputeNeeds, Connection, Json, NetworkKind, Node, Topology
from tests.support.builders import a_topology

PLAIN, INDIGO = "tosca.nodes.network.Network", "tosca.nodes.indigo.network.Network"
SITES = (
    NetworkPlacement(kind=NetworkKind.PUBLIC, network="ext", proxy_host="gate", proxy_user="op"),
    NetworkPlacement(kind=NetworkKind.PRIVATE, network="int", cidr="10.7.1.0/24", proxy_host="gate", proxy_user="op"),
    NetworkPlacement(kind=NetworkKind.ISOLATED, network="dark"),
)


def network(name: str, kind: NetworkKind, type: str = PLAIN) -> Node:
    return Node(name=name, type=type, network=kind)


def machine(name: str) -> Node:
    return Node(name=name, type="tosca.nodes.indigo.Compute", compute=ComputeNeeds())


def port(name: str, machine: str, network: str) -> Node:
    links = (Connection(requirement="binding", target=machine), Connection(requirement="link", target=network))
    return Node(
        name=name, type="tosca.nodes.indigo.network.Port", ancestors=("tosca.nodes.network.Port",), connections=links
    )


def rewritten(topology: Topology, **nodes: Json) -> Json:
    document = {
        "topology_template": {"node_templates": {node.name: nodes.get(node.name, {}) for node in topology.nodes}}
    }
    set_networks(document, topology, SITES)
    order_ports(document, topology)
    return document["topology_template"]["node_templates"]


def test_the_first_network_of_each_kind_gets_the_sites_name_and_a_name_that_is_given_stays() -> None:
    nodes = (
        network("public", NetworkKind.PUBLIC),
        network("private", NetworkKind.PRIVATE),
        network("second", NetworkKind.PRIVATE),
        network("isolated", NetworkKind.ISOLATED),
    )
    assert rewritten(a_topology(*nodes), public={"properties": {"network_name": "mine"}}) == {
        "public": {"properties": {"network_name": "mine"}},
        "private": {"properties": {"network_name": "int"}},
        "second": {},
        "isolated": {},
    }


def test_an_indigo_network_that_is_private_gets_the_way_in_through_the_proxy() -> None:
    nodes = (network("inside", NetworkKind.PRIVATE, INDIGO), network("outside", NetworkKind.PUBLIC, INDIGO))
    found = rewritten(a_topology(*nodes))
    assert found["inside"]["properties"] == {
        "network_name": "int",
        "proxy_host": "gate",
        "proxy_credential": {"user": "op", "token": ""},
    }
    assert found["outside"]["properties"] == {"network_name": "ext"}


def test_a_proxy_that_the_template_gives_stays_whole() -> None:
    own = {"network_name": "mine", "proxy_host": "own", "proxy_credential": {"user": "me", "token": "t"}}
    found = rewritten(a_topology(network("inside", NetworkKind.PRIVATE, INDIGO)), inside={"properties": dict(own)})
    assert found["inside"]["properties"] == own


def test_a_proxy_without_a_user_is_no_way_in() -> None:
    topology = a_topology(network("inside", NetworkKind.PRIVATE, INDIGO))
    document: Json = {"topology_template": {"node_templates": {"inside": None}}}
    document["topology_template"]["node_templates"]["inside"] = {}
    set_networks(document, topology, (NetworkPlacement(kind=NetworkKind.PRIVATE, network="int", proxy_host="gate"),))
    assert document["topology_template"]["node_templates"]["inside"] == {"properties": {"network_name": "int"}}


def test_machines_are_attached_only_where_there_are_no_network_nodes() -> None:
    public = {"capabilities": {"endpoint": {"properties": {"network_name": "PUBLIC"}}}}
    assert rewritten(a_topology(machine("front")), front=public)["front"] == {
        "capabilities": {"endpoint": {"properties": {"network_name": "int.PUBLIC"}}}
    }
    assert rewritten(a_topology(machine("front"), network("dark", NetworkKind.ISOLATED)))["front"] == {}


@pytest.mark.parametrize(("given", "set_to"), [("PUBLIC", "int.PUBLIC"), (None, "int.PRIVATE"), ("own", "own")])
def test_a_machine_without_network_nodes_is_attached_by_its_endpoint(given: str | None, set_to: str) -> None:
    properties = {"network_name": given} if given else {}
    found = {"capabilities": {"endpoint": {"properties": properties}}}
    attach(found, "int")
    assert found["capabilities"]["endpoint"]["properties"]["network_name"] == set_to


def on_two() -> Topology:
    return a_topology(
        network("outside", NetworkKind.PUBLIC),
        network("inside", NetworkKind.PRIVATE),
        machine("server"),
        machine("other"),
        port("out", "server", "outside"),
        port("in", "server", "inside"),
        port("alone", "other", "inside"),
    )


def test_the_ports_of_a_machine_are_numbered_the_private_one_first() -> None:
    found = rewritten(on_two())
    assert (found["in"], found["out"]) == ({"properties": {"order": 0}}, {"properties": {"order": 1}})
    assert found["alone"] == {}


def test_numbers_of_ports_that_the_template_gives_stay_and_are_not_given_again() -> None:
    found = rewritten(on_two(), out={"properties": {"order": 0}})
    assert (found["in"]["properties"], found["out"]["properties"]) == ({"order": 1}, {"order": 0})
