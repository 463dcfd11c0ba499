"""The site's kinds of block storage in the template."""

from services.deployer.backends.im.places import mapping_at, node_path, open_mapping
from shared.contracts.ranking import VolumePlacement
from shared.contracts.topology import Json, Topology


def set_volume_types(document: Json, topology: Topology, volumes: tuple[VolumePlacement, ...]) -> None:
    """What a volume node asked for by quality or name becomes the site's own name of it."""
    types = {placement.node: placement.type for placement in volumes}
    for node in topology.nodes:
        if node.name in types:
            open_mapping(mapping_at(document, node_path(node)), ("properties",))["type"] = types[node.name]
