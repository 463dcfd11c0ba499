"""Elastic clusters: how one comes back to us to ask for more workers, or fewer."""

from dataclasses import dataclass, field

from services.deployer.backends.im.places import mapping_at, node_path, open_mapping
from shared.contracts.topology import Json, Topology

ELASTIC_CLUSTER = "tosca.nodes.indigo.ElasticCluster"
PLACEHOLDERS = {"deployment_id": "orchestrator_deployment_id"}
"""What templates write where they mean that it is ours to fill in; else they write the property's own name."""


@dataclass(frozen=True, slots=True)
class WayBack:
    """Where a cluster finds us, as whom it comes, and which client it renews its token with."""

    deployment_id: str
    url: str | None = None
    token: str = field(default="", repr=False)
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)


def set_way_back(document: Json, topology: Topology, way: WayBack) -> None:
    """Fill in, at every elastic cluster, what is known and what the template does not give."""
    known = {
        "deployment_id": way.deployment_id,
        "orchestrator_url": way.url,
        "iam_access_token": way.token,
        "iam_clues_client_id": way.client_id,
        "iam_clues_client_secret": way.client_secret,
    }
    for node in topology.nodes:
        if ELASTIC_CLUSTER in (node.type, *node.ancestors):
            properties = open_mapping(mapping_at(document, node_path(node)), ("properties",))
            properties.update({name: value for name, value in known.items() if value and not given(properties, name)})


def given(properties: dict[str, Json], name: str) -> bool:
    """Whether the template really says it: an empty text, or one that only holds the place, says nothing."""
    return properties.get(name) not in (None, "", name, PLACEHOLDERS.get(name))
