"""What a machine becomes at its site: image, flavour, tags."""

import re
from collections.abc import Mapping

from services.deployer.backends.im.kinds import DUMMY, kind_of
from services.deployer.backends.im.marks import MARK
from services.deployer.backends.im.places import mapping_at, node_path, open_mapping, unshared
from services.deployer.ports import Target
from shared.contracts.ranking import Candidate, NodePlacement
from shared.contracts.topology import Json, Node

UNFIT_FOR_TAGS = re.compile(r"[^\w@.+:/-]")
INDIGO_COMPUTE = "tosca.nodes.indigo.Compute"
SCHEMES = {"openstack": "ost", "otc": "ost", "opennebula": "one", "ec2": "aws", "azure": "azr", DUMMY: "mock0"}
"""How IM writes an image's address, by the kind of cloud."""


def place(document: Json, node: Node, placement: NodePlacement, target: Target) -> None:
    """Give one compute node its image, its flavour and its tags."""
    found = mapping_at(document, node_path(node))
    accept_placement(document, found, node)
    if placement.image:
        set_image(found, image_address(placement.image, target.candidate), placement.image_user)
    if placement.flavour:
        set_flavour(found, placement.flavour)
    set_tags(found, tags_for(target))


def accept_placement(document: Json, found: dict[str, Json], node: Node) -> None:
    """Make the node's type take image, flavour, tags and count.

    Only the INDIGO compute types declare them, and IM refuses properties that a type does not declare; any other type
    is replaced by one of ours that derives from it.
    """
    if INDIGO_COMPUTE in (node.type, *node.ancestors):
        return
    open_mapping(document, ("capability_types",)).update(unshared(CAPABILITY_TYPES))
    name = f"corale.{node.type}"
    open_mapping(document, ("node_types",))[name] = {"derived_from": node.type, **unshared(COMPUTE_EXTENSION)}
    found["type"] = name


def image_address(image: str, candidate: Candidate) -> str:
    """The image as IM addresses it: the site's id behind the scheme of its kind of cloud; an address stays as it is."""
    if "://" in image:
        return image
    host = candidate.endpoint.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
    kind = kind_of(candidate.service_type)
    where = candidate.region if kind == "ec2" else host
    return f"{SCHEMES.get(kind, kind)}://{where or 'site'}/{image.lstrip('/')}"


def set_image(found: dict[str, Json], image: str, user: str | None = None) -> None:
    """The image the machine starts from, and whom to log in as."""
    properties = open_mapping(found, ("capabilities", "os", "properties"))
    properties["image"] = image
    if user:
        properties["credential"] = {"user": user, "token": ""}


def set_flavour(found: dict[str, Json], flavour: str) -> None:
    """The size of the machine; the flavour brings its disk, so a size asked for in the template is dropped."""
    properties = open_mapping(found, ("capabilities", "host", "properties"))
    properties["instance_type"] = flavour
    properties.pop("disk_size", None)


def set_tags(found: dict[str, Json], tags: Mapping[str, str]) -> None:
    """Add to the tags of the machine; ours win."""
    open_mapping(found, ("properties", "tags")).update(tags)


def tags_for(target: Target) -> dict[str, str]:
    """What every machine of the trial carries. IM makes one text of all tags, so what would end a tag is left out."""
    user = UNFIT_FOR_TAGS.sub("-", target.owner.subject)
    return {"PAAS_DEP_UUID": target.deployment_id, "PAAS_DEP_USER": user, MARK: target.tag}


CAPABILITY_TYPES: dict[str, Json] = {
    "corale.capabilities.Container": {
        "derived_from": "tosca.capabilities.Container",
        "properties": {"instance_type": {"type": "string", "required": False}},
    },
    "corale.capabilities.OperatingSystem": {
        "derived_from": "tosca.capabilities.OperatingSystem",
        "properties": {
            "image": {"type": "string", "required": False},
            "credential": {"type": "tosca.datatypes.Credential", "required": False},
        },
    },
    "corale.capabilities.Scalable": {
        "derived_from": "tosca.capabilities.Scalable",
        "properties": {"count": {"type": "integer", "required": False}},
    },
}

COMPUTE_EXTENSION: dict[str, Json] = {
    "properties": {"tags": {"type": "map", "entry_schema": {"type": "string"}, "required": False}},
    "capabilities": {
        "host": {
            "type": "corale.capabilities.Container",
            "valid_source_types": ["tosca.nodes.SoftwareComponent"],
        },
        "os": {"type": "corale.capabilities.OperatingSystem"},
        "scalable": {"type": "corale.capabilities.Scalable"},
    },
}
