"""Clusters that may grow beyond their site: the virtual router at the front end, and the way from the workers to it.

Source: the INDIGO virtual router (`tosca.nodes.indigo.VR.*`), as elastic clusters with `hybrid: true` want it.
"""

from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv4Network
from typing import NamedTuple

from services.deployer.backends.im.places import mapping_at, node_path, open_list, open_mapping
from services.deployer.backends.im.rewriting.elastic import ELASTIC_CLUSTER
from services.deployer.backends.im.rewriting.networks import targets
from shared.contracts.ranking import NetworkPlacement
from shared.contracts.topology import Json, NetworkKind, Node, Topology

FRONT_END = "tosca.nodes.indigo.LRMS.FrontEnd"
WORKER = "tosca.nodes.indigo.LRMS.WorkerNode"
CENTRAL_POINT = "tosca.nodes.indigo.VR.CentralPoint"
CLIENT = "tosca.nodes.indigo.VR.Client"
OPENVPN = {"protocol": "udp", "source": 1194}


class Cluster(NamedTuple):
    """The front end, the machine it is on, and the workers that are on machines."""

    front_end: Node
    server: Node
    workers: tuple[Node, ...]


def set_hybrid(document: Json, topology: Topology, networks: tuple[NetworkPlacement, ...]) -> None:
    """Prepare a hybrid cluster on one site; anything else stays as it is.

    On isolated networks the workers go through the front end's machine, else each has a client of its own.
    """
    cluster = hybrid_cluster(topology)
    if cluster is None:
        return
    point = set_central_point(document, topology, cluster)
    open_vpn(mapping_at(document, node_path(cluster.server)))
    isolated = [node for node in topology.nodes if node.network is NetworkKind.ISOLATED]
    if isolated:
        cidr = next((placement.cidr for placement in networks if placement.kind in HOME and placement.cidr), None)
        for node in isolated:
            lead_out(mapping_at(document, node_path(node)), cluster.server.name, cidr)
        for worker in cluster.workers:
            open_mapping(mapping_at(document, node_path(worker)), ("properties",))["hybrid"] = False
    else:
        for worker in cluster.workers:
            set_client(document, topology, worker, point)


def hybrid_cluster(topology: Topology) -> Cluster | None:
    """The cluster that says it is hybrid, at itself or at its front end; without a machine under it there is none."""
    hybrid = [node for node in topology.nodes if node.properties.get("hybrid") is True]
    asked = {name for node in hybrid if _is(node, ELASTIC_CLUSTER) for name in targets(node, "lrms")}
    asked |= {node.name for node in hybrid if _is(node, FRONT_END)}
    nodes = {node.name: node for node in topology.nodes}
    for node in topology.nodes:
        if node.name in asked and node.host in nodes:
            workers = tuple(other for other in topology.nodes if _is(other, WORKER) and other.host)
            return Cluster(node, nodes[node.host], workers)
    return None


def set_central_point(document: Json, topology: Topology, cluster: Cluster) -> str:
    """The router's centre on the front end's machine, before the front end; the template's own if it has one."""
    point = next((node for node in topology.nodes if _is(node, CENTRAL_POINT)), None)
    if point is None:
        requirements = [{"host": cluster.server.name}]
        name = add_node(document, cluster.front_end, "indigovr_cp", CENTRAL_POINT, requirements)
    else:
        name = point.name
        if not point.host:
            require(document, point, "host", cluster.server.name)
    require(document, cluster.front_end, "dependency", name)
    return name


def set_client(document: Json, topology: Topology, worker: Node, point: str) -> None:
    """A client of the router on the worker's machine, before the worker; the template's own if it has one."""
    own = [node.name for node in topology.nodes if _is(node, CLIENT) and node.host == worker.host]
    requirements = [{"central_point": point}, {"host": worker.host}]
    name = own[0] if own else add_node(document, worker, "indigovr_client", CLIENT, requirements)
    require(document, worker, "dependency", name)


def open_vpn(server: dict[str, Json]) -> None:
    """Let the clients of the router reach its centre; ports that the template opens stay open."""
    ports = open_mapping(server, ("capabilities", "endpoint", "properties", "ports"))
    if not any(isinstance(port, dict) and port.get("source") == OPENVPN["source"] for port in ports.values()):
        ports["openvpn"] = dict(OPENVPN)


def lead_out(network: dict[str, Json], server: str, cidr: str | None) -> None:
    """Give an isolated network its range and the way out of it: the sixteen bits around it, through the server."""
    properties = open_mapping(network, ("properties",))
    given = properties.get("cidr") or cidr
    around = _around(given)
    if around:
        properties["cidr"] = given
        properties.setdefault("gateway_ip", f"{around},{server}")


def add_node(document: Json, beside: Node, name: str, type: str, requirements: list[Json]) -> str:
    """A new node beside another one, under this name or the next one that is free, which is returned."""
    siblings = mapping_at(document, node_path(beside)[:-1])
    free = next(candidate for candidate in _names(name) if candidate not in siblings)
    siblings[free] = {"type": type, "requirements": requirements}
    return free


def require(document: Json, node: Node, requirement: str, target: str) -> None:
    """Add a requirement that the node does not have yet."""
    if target not in targets(node, requirement):
        open_list(mapping_at(document, node_path(node)), "requirements").append({requirement: target})


HOME = (NetworkKind.ISOLATED, NetworkKind.PRIVATE)
"""The kinds of the site's networks whose range an isolated one is given."""


def _around(cidr: Json) -> str | None:
    try:
        return str(IPv4Network((IPv4Interface(cidr).ip, 16), strict=False))
    except ValueError:
        return None


def _is(node: Node, type: str) -> bool:
    return any(name == type or name.startswith(f"{type}.") for name in (node.type, *node.ancestors))


def _names(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1
