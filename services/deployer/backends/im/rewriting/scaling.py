"""How many machines a node has: the counts, and what must be said so that IM lets go of what is no longer asked for.

IM merges a new template into the one it keeps: what the new one does not mention stays as it was.
"""

from services.deployer.backends.im.marks import MARK
from services.deployer.backends.im.places import mapping_at, node_path, open_mapping, unshared
from shared.contracts.topology import Json, Topology

SCALABLE = ("capabilities", "scalable", "properties")
TYPES = ("node_types", "capability_types")


def with_counts(document: Json, topology: Topology) -> None:
    """Say for every compute node how many machines it has, also where the template leaves it to a default."""
    for node in topology.nodes:
        if node.compute is not None:
            open_mapping(mapping_at(document, node_path(node)), SCALABLE)["count"] = node.count


def without_removals(document: Json, topology: Topology) -> None:
    """Drop the lists of machines to remove: they are asked for one by one, and IM would remember the lists."""
    for node in topology.nodes:
        if node.compute is not None:
            open_mapping(mapping_at(document, node_path(node)), SCALABLE).pop("removal_list", None)


def with_gone(document: dict[str, Json], standing: Json) -> None:
    """Give compute nodes that IM knows and the document no longer has a count of none, so that IM makes no new ones."""
    nodes = open_mapping(document, ("topology_template", "node_templates"))
    for name, node in nodes_of(standing).items():
        if name not in nodes and is_machine_of_ours(node):
            nodes[name] = {"type": node["type"], "capabilities": {"scalable": {"properties": {"count": 0}}}}
            _carry_types(document, standing)


def retyped(document: Json, standing: Json) -> frozenset[str]:
    """The machines' nodes that IM knows by another type: their machines are replaced."""
    now = nodes_of(document)
    return frozenset(
        name
        for name, node in nodes_of(standing).items()
        if is_machine_of_ours(node) and name in now and now[name].get("type") != node.get("type")
    )


def nodes_of(document: Json) -> dict[str, Json]:
    """The node templates; none if there are none to be read."""
    found = document
    for step in ("topology_template", "node_templates"):
        found = found.get(step) if isinstance(found, dict) else None
    nodes = found if isinstance(found, dict) else {}
    return {name: node for name, node in nodes.items() if isinstance(node, dict)}


def is_machine_of_ours(node: dict[str, Json]) -> bool:
    """Whether the node carries the tag that every machine of ours was given."""
    properties = node.get("properties")
    tags = properties.get("tags") if isinstance(properties, dict) else None
    return isinstance(tags, dict) and MARK in tags


def _carry_types(document: dict[str, Json], standing: Json) -> None:
    """The types that IM's template brings itself, for nodes of it."""
    for section in TYPES:
        for name, definition in (standing.get(section) or {}).items():
            open_mapping(document, (section,)).setdefault(name, unshared(definition))
