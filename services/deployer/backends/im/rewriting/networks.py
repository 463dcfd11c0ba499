"""The site's networks in the template: names, the proxy that leads in, and the order of a machine's ports."""

from collections.abc import Iterator

from services.deployer.backends.im.places import mapping_at, node_path, open_mapping
from shared.contracts.ranking import NetworkPlacement
from shared.contracts.topology import Json, NetworkKind, Node, Topology

INDIGO_NETWORK = "tosca.nodes.indigo.network.Network"
PORT = "tosca.nodes.network.Port"
OF_SITES = (NetworkKind.PUBLIC, NetworkKind.PRIVATE)
"""The kinds that a site has ready; an isolated network is made for the deployment."""


def set_networks(document: Json, topology: Topology, networks: tuple[NetworkPlacement, ...]) -> None:
    """Name the site's networks: in the first network node of each kind, or at the machines if there are no such nodes.

    A name that the template gives stays, and isolated networks stay as they are.
    """
    chosen = {placement.kind: placement for placement in networks if placement.kind in OF_SITES}
    nodes = [node for node in topology.nodes if node.network is not None]
    for node in nodes:
        placement = chosen.pop(node.network, None) if node.network else None
        if placement is not None:
            properties = open_mapping(mapping_at(document, node_path(node)), ("properties",))
            name_network(properties, placement)
            if INDIGO_NETWORK in (node.type, *node.ancestors):
                set_proxy(properties, placement)
    if not nodes and NetworkKind.PRIVATE in chosen:
        for node in topology.nodes:
            if node.compute is not None:
                attach(mapping_at(document, node_path(node)), chosen[NetworkKind.PRIVATE].network)


def name_network(properties: dict[str, Json], placement: NetworkPlacement) -> None:
    """The site's network of that kind, unless the template names one."""
    if not properties.get("network_name"):
        properties["network_name"] = placement.network


def set_proxy(properties: dict[str, Json], placement: NetworkPlacement) -> None:
    """How IM comes into a private network from outside; IM wants the proxy's host and a user there, or neither."""
    if placement.kind is not NetworkKind.PRIVATE or not (placement.proxy_host and placement.proxy_user):
        return
    if not properties.get("proxy_host"):
        properties["proxy_host"] = placement.proxy_host
        properties["proxy_credential"] = {"user": placement.proxy_user, "token": ""}


def attach(found: dict[str, Json], private: str) -> None:
    """Put a machine without network nodes on the site's private network; `PUBLIC` keeps its public address on top."""
    properties = open_mapping(found, ("capabilities", "endpoint", "properties"))
    kind = properties.get("network_name", "PRIVATE")
    if kind in ("PRIVATE", "PUBLIC"):
        properties["network_name"] = f"{private}.{kind}"


def order_ports(document: Json, topology: Topology) -> None:
    """Number the ports of a machine that has several and does not say in which order: private ones come first.

    IM takes 0 for a port that does not say, so the last of two would be the only one.
    """
    for ports in _ports_of_machines(topology):
        found = [open_mapping(mapping_at(document, node_path(port)), ("properties",)) for port in ports]
        taken = {properties["order"] for properties in found if properties.get("order") is not None}
        free = (number for number in range(len(found) + len(taken)) if number not in taken)
        for properties in found:
            if properties.get("order") is None:
                properties["order"] = next(free)


def _ports_of_machines(topology: Topology) -> Iterator[list[Node]]:
    """The ports of each machine that has more than one, those on public networks last."""
    public = {node.name for node in topology.nodes if node.network is NetworkKind.PUBLIC}
    ports: dict[str, list[Node]] = {node.name: [] for node in topology.nodes if node.compute is not None}
    for node in topology.nodes:
        if PORT in (node.type, *node.ancestors):
            for machine in targets(node, "binding") & ports.keys():
                ports[machine].append(node)
    for mine in ports.values():
        if len(mine) > 1:
            yield sorted(mine, key=lambda port: bool(public & targets(port, "link")))


def targets(node: Node, requirement: str) -> set[str]:
    """The nodes that meet a requirement of this one."""
    return {connection.target for connection in node.connections if connection.requirement == requirement}
