"""A template made ready for one site: pure functions on the YAML document, in the order in which they are applied.

Values are set at the paths that the compiled topology names; nothing here understands TOSCA beyond those places.
"""

import re
from collections.abc import Iterator, Mapping

import yaml

from services.deployer.backends.im.kinds import DUMMY, kind_of
from services.deployer.backends.im.places import WrongPlace, mapping_at, open_mapping, unshared
from services.deployer.ports import Target
from shared.contracts.ranking import Candidate, NetworkPlacement, NodePlacement
from shared.contracts.topology import Json, NetworkKind, Node, Topology

MARK = "CORALE_TAG"
"""The key of our tag, in the template's metadata and on every machine."""

UNFIT_FOR_TAGS = re.compile(r"[^\w@.+:/-]")
INDIGO_COMPUTE = "tosca.nodes.indigo.Compute"
SCHEMES = {"openstack": "ost", "opennebula": "one", "ec2": "aws", "azure": "azr", DUMMY: "mock0"}
"""How IM writes an image's address, by the kind of cloud."""


def prepared(target: Target) -> str:
    """The text that IM is given. Raises `WrongPlace` when topology and text do not belong together."""
    document = unshared(yaml.load(target.template, Loader=yaml.CSafeLoader))
    if not isinstance(document, dict):
        raise WrongPlace("The template is not a mapping.")
    fill_secrets(document, target.topology.secret_inputs, target.access.secret_inputs if target.access else {})
    placements = {placement.node: placement for placement in target.candidate.nodes}
    for node in target.topology.nodes:
        if node.compute is not None:
            place(document, node, placements.get(node.name, NodePlacement(node=node.name)), target)
    set_networks(document, target.topology, target.candidate.networks)
    open_mapping(document, ("metadata",))[MARK] = target.tag
    text: str = yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
    return text


def place(document: Json, node: Node, placement: NodePlacement, target: Target) -> None:
    """Give one compute node its image, its flavour and its tags."""
    found = mapping_at(document, node_path(node))
    accept_placement(document, found, node)
    if placement.image:
        set_image(found, image_address(placement.image, target.candidate), placement.image_user)
    if placement.flavour:
        set_flavour(found, placement.flavour)
    set_tags(found, tags_for(target))


def node_path(node: Node) -> tuple[str | int, ...]:
    """Where the node stands in the document."""
    return node.path or ("topology_template", "node_templates", node.name)


def accept_placement(document: Json, found: dict[str, Json], node: Node) -> None:
    """Make the node's type take image, flavour and tags.

    Only the INDIGO compute types declare them, and IM refuses properties that a type does not declare; any other type
    is replaced by one of ours that derives from it.
    """
    if INDIGO_COMPUTE in (node.type, *node.ancestors):
        return
    open_mapping(document, ("capability_types",)).update(CAPABILITY_TYPES)
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


def set_networks(document: Json, topology: Topology, networks: tuple[NetworkPlacement, ...]) -> None:
    """Name the site's networks: in the first network node of each kind, or at the machines if there are no such nodes.

    A name that the template gives stays.
    """
    chosen = {placement.kind: placement.network for placement in networks}
    kinds = [node for node in topology.nodes if node.network is not None]
    for node in kinds:
        network = chosen.pop(node.network, None) if node.network else None
        if network:
            open_mapping(mapping_at(document, node_path(node)), ("properties",)).setdefault("network_name", network)
    if not kinds and (private := chosen.get(NetworkKind.PRIVATE)):
        for node in topology.nodes:
            if node.compute is not None:
                attach(mapping_at(document, node_path(node)), private)


def attach(found: dict[str, Json], private: str) -> None:
    """Put a machine without network nodes on the site's private network; `PUBLIC` keeps its public address on top."""
    properties = open_mapping(found, ("capabilities", "endpoint", "properties"))
    kind = properties.get("network_name", "PRIVATE")
    if kind in ("PRIVATE", "PUBLIC"):
        properties["network_name"] = f"{private}.{kind}"


def fill_secrets(document: dict[str, Json], names: tuple[str, ...], values: Mapping[str, Json]) -> None:
    """Replace every `get_input` of a secret input by its value, and drop its declaration, which would want one.

    One without a value stays as it is if its declaration has a default.
    """
    topology = document.get("topology_template")
    declared = topology.get("inputs") if isinstance(topology, dict) else None
    declared = declared if isinstance(declared, dict) else {}
    for name in names:
        if name not in values and (declared.get(name) or {}).get("default") is None:
            raise WrongPlace(f"The value of the secret input {name!r} did not come with the token.")
    secrets = {name: values[name] for name in names if name in values}
    for holder, key in list(_asking(document)):
        holder[key] = _filled(holder[key], secrets)
    for name in secrets:
        declared.pop(name, None)


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
}

COMPUTE_EXTENSION: dict[str, Json] = {
    "properties": {"tags": {"type": "map", "entry_schema": {"type": "string"}, "required": False}},
    "capabilities": {
        "host": {
            "type": "corale.capabilities.Container",
            "valid_source_types": ["tosca.nodes.SoftwareComponent"],
        },
        "os": {"type": "corale.capabilities.OperatingSystem"},
    },
}


def _asking(value: Json) -> Iterator[tuple[Json, str | int]]:
    """Every place (holder and key) of a `get_input`, from the leaves up."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _asking(inner)
        if isinstance(inner, dict) and set(inner) == {"get_input"}:
            yield value, key


def _filled(call: Json, secrets: Mapping[str, Json]) -> Json:
    asked = call["get_input"]
    name, *path = asked if isinstance(asked, list) and asked else [asked]
    if not isinstance(name, str) or name not in secrets:
        return call
    value = secrets[name]
    for step in path:
        value = value[step]
    return unshared(value)
