"""All transformations of a template, in their order."""

import yaml

from services.deployer.backends.im.marks import CHANGED, MARK
from services.deployer.backends.im.places import WrongPlace, open_mapping, unshared
from services.deployer.backends.im.rewriting.elastic import WayBack, set_way_back
from services.deployer.backends.im.rewriting.hybrid import set_hybrid
from services.deployer.backends.im.rewriting.networks import order_ports, set_networks
from services.deployer.backends.im.rewriting.placement import place
from services.deployer.backends.im.rewriting.scaling import with_counts, with_gone, without_removals
from services.deployer.backends.im.rewriting.secret_inputs import fill_secrets
from services.deployer.backends.im.rewriting.volumes import set_volume_types
from services.deployer.ports import Target
from shared.contracts.ranking import NodePlacement
from shared.contracts.topology import Json


def prepared(target: Target, way: WayBack | None = None) -> dict[str, Json]:
    """The document that IM is given for a new infrastructure.

    Raises `WrongPlace` when topology and text do not belong together, and `yaml.YAMLError`.
    """
    document = unshared(yaml.load(target.template, Loader=yaml.CSafeLoader))
    if not isinstance(document, dict):
        raise WrongPlace("The template is not a mapping.")
    topology, candidate = target.topology, target.candidate
    fill_secrets(document, topology.secret_inputs, target.access.secret_inputs if target.access else {})
    token = target.access.token if target.access else ""
    set_way_back(document, topology, way or WayBack(target.deployment_id, token=token))
    placements = {placement.node: placement for placement in candidate.nodes}
    for node in topology.nodes:
        if node.compute is not None:
            place(document, node, placements.get(node.name, NodePlacement(node=node.name)), target)
    set_volume_types(document, topology, candidate.volumes)
    set_networks(document, topology, candidate.networks)
    order_ports(document, topology)
    set_hybrid(document, topology, candidate.networks)
    without_removals(document, topology)
    with_counts(document, topology)
    open_mapping(document, ("metadata",))[MARK] = target.tag
    return document


def changed(target: Target, standing: Json, way: WayBack | None = None) -> dict[str, Json]:
    """The document that IM is given to make something else of an infrastructure; `standing` is the one it keeps."""
    document = prepared(target, way)
    with_gone(document, standing)
    document["metadata"][CHANGED] = "yes"
    return document


def written(document: dict[str, Json]) -> str:
    """The text of a document, keys in their order."""
    text: str = yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
    return text
