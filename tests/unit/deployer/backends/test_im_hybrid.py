import copy

import pytest
import yaml

from services.deployer.backends.im.rewriting.hybrid import lead_out, set_hybrid
from shared.contracts.ranking import NetworkPlacement
from shared.contracts.topology import ComputeNeeds, Connection, Json, NetworkKind, Node, Topology
from tests.support.builders import a_topology

SITES = (
    NetworkPlacement(kind=NetworkKind.PUBLIC, network="ext", cidr="198.51.100.0/24"),
    NetworkPlacement(kind=NetworkKind.PRIVATE, network="int", cidr="192.168.10.0/24"),
)
DOCUMENT = """
topology_template:
  node_templates:
    elastic: { requirements: [ { lrms: slurm } ] }
    slurm: { requirements: [ { host: server } ] }
    server: { capabilities: { endpoint: { properties: { ports: { ssh: { protocol: tcp, source: 22 } } } } } }
    wn: { requirements: [ { host: farm } ] }
    farm: {}
"""
VPN = {"protocol": "udp", "source": 1194}


def compute(name: str) -> Node:
    return Node(name=name, type="tosca.nodes.indigo.Compute", compute=ComputeNeeds())


def to(target: str, requirement: str) -> Connection:
    return Connection(requirement=requirement, target=target)


def cluster(*more: Node, cluster: bool = True, front_end: bool = False) -> Topology:
    lrms = "tosca.nodes.indigo.LRMS"
    elastic = Node(
        name="elastic",
        type="tosca.nodes.indigo.ElasticCluster",
        properties={"hybrid": cluster},
        connections=(to("slurm", "lrms"),),
    )
    slurm = Node(
        name="slurm",
        type=f"{lrms}.FrontEnd.Slurm",
        properties={"hybrid": front_end},
        host="server",
        connections=(to("server", "host"),),
    )
    worker = Node(name="wn", type=f"{lrms}.WorkerNode.Slurm", host="farm", connections=(to("farm", "host"),))
    return a_topology(elastic, slurm, compute("server"), worker, compute("farm"), *more)


def rewritten(topology: Topology, **nodes: Json) -> Json:
    document = yaml.safe_load(DOCUMENT)
    document["topology_template"]["node_templates"] |= copy.deepcopy(nodes)
    set_hybrid(document, topology, SITES)
    return document["topology_template"]["node_templates"]


@pytest.mark.parametrize("topology", [cluster(), cluster(cluster=False, front_end=True)])
def test_a_hybrid_cluster_gets_a_router_and_a_client_of_it_for_the_workers(topology: Topology) -> None:
    found = rewritten(topology)
    assert found["indigovr_cp"] == {"type": "tosca.nodes.indigo.VR.CentralPoint", "requirements": [{"host": "server"}]}
    assert found["slurm"]["requirements"] == [{"host": "server"}, {"dependency": "indigovr_cp"}]
    assert found["indigovr_client"] == {
        "type": "tosca.nodes.indigo.VR.Client",
        "requirements": [{"central_point": "indigovr_cp"}, {"host": "farm"}],
    }
    assert found["wn"]["requirements"] == [{"host": "farm"}, {"dependency": "indigovr_client"}]


def test_the_way_to_the_router_is_opened_beside_the_ports_that_are_open() -> None:
    ports = rewritten(cluster())["server"]["capabilities"]["endpoint"]["properties"]["ports"]
    assert ports == {"ssh": {"protocol": "tcp", "source": 22}, "openvpn": VPN}


def test_a_way_that_is_open_is_not_opened_again() -> None:
    server = {"capabilities": {"endpoint": {"properties": {"ports": {"vpn": dict(VPN)}}}}}
    assert rewritten(cluster(), server=server)["server"] == server


def test_a_cluster_that_is_not_hybrid_stays_as_it_is() -> None:
    assert rewritten(cluster(cluster=False)) == yaml.safe_load(DOCUMENT)["topology_template"]["node_templates"]


def test_on_an_isolated_network_the_workers_go_through_the_front_ends_machine() -> None:
    dark = Node(name="dark", type="tosca.nodes.network.Network", network=NetworkKind.ISOLATED)
    found = rewritten(cluster(dark), dark={})
    assert found["dark"]["properties"] == {"cidr": "192.168.10.0/24", "gateway_ip": "192.168.0.0/16,server"}
    assert found["wn"]["properties"] == {"hybrid": False}
    assert "indigovr_cp" in found
    assert "indigovr_client" not in found


@pytest.mark.parametrize(
    ("given", "site", "found"),
    [
        ({"cidr": "10.1.2.0/24"}, "192.168.10.0/24", {"cidr": "10.1.2.0/24", "gateway_ip": "10.1.0.0/16,server"}),
        ({"cidr": "10.1.2.0/24", "gateway_ip": "own"}, None, {"cidr": "10.1.2.0/24", "gateway_ip": "own"}),
        ({}, "10.0.0.0/8", {"cidr": "10.0.0.0/8", "gateway_ip": "10.0.0.0/16,server"}),
        ({}, None, {}),
        ({}, "nonsense", {}),
    ],
)
def test_the_range_of_an_isolated_network_is_its_own_or_the_sites(given: Json, site: str | None, found: Json) -> None:
    network = {"properties": dict(given)}
    lead_out(network, "server", site)
    assert network["properties"] == found


def test_a_router_of_the_templates_own_is_used_and_put_on_the_front_ends_machine() -> None:
    own = Node(name="hub", type="tosca.nodes.indigo.VR.CentralPoint")
    found = rewritten(cluster(own), hub={})
    assert found["hub"] == {"requirements": [{"host": "server"}]}
    assert "indigovr_cp" not in found
    assert found["slurm"]["requirements"][-1] == {"dependency": "hub"}
    assert found["indigovr_client"]["requirements"][0] == {"central_point": "hub"}


def test_a_template_that_has_all_of_it_stays_as_it_is() -> None:
    hub = Node(name="hub", type="tosca.nodes.indigo.VR.CentralPoint", host="server")
    leaf = Node(name="leaf", type="tosca.nodes.indigo.VR.Client", host="farm")
    topology = cluster(hub, leaf)
    wired = {"slurm": to("hub", "dependency"), "wn": to("leaf", "dependency")}
    nodes = tuple(
        node.model_copy(update={"connections": (*node.connections, wired[node.name])}) if node.name in wired else node
        for node in topology.nodes
    )
    before = yaml.safe_load(DOCUMENT)["topology_template"]["node_templates"]
    found = rewritten(a_topology(*nodes), hub={}, leaf={})
    assert {name: found[name] for name in before if name != "server"} == {
        name: node for name, node in before.items() if name != "server"
    }
    assert (found["hub"], found["leaf"], len(found)) == ({}, {}, len(before) + 2)


def test_names_that_are_taken_are_not_taken_again() -> None:
    found = rewritten(cluster(), indigovr_cp={"type": "something.else"})
    assert found["indigovr_cp"] == {"type": "something.else"}
    assert found["slurm"]["requirements"][-1] == {"dependency": "indigovr_cp_2"}


def test_a_front_end_on_no_machine_has_no_router() -> None:
    topology = cluster()
    nodes = tuple(node.model_copy(update={"host": None}) for node in topology.nodes)
    assert "indigovr_cp" not in rewritten(a_topology(*nodes))
