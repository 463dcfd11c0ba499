"""Which machines an update names for removal: clients name our resources, sites know their own ids."""

from collections.abc import Iterable, Mapping, Sequence

from services.gateway.domain.resources import Piece
from shared.contracts.topology import Json, Topology

LISTED = "removal_list"


def in_site_words(value: Json, ids: Mapping[str, str]) -> Json:
    """The value with every one of our ids in it replaced by the site's."""
    match value:
        case str():
            return ids.get(value, value)
        case list():
            return [in_site_words(item, ids) for item in value]
        case dict():
            return {key: in_site_words(item, ids) for key, item in value.items()}
        case _:
            return value


def text_in_site_words(text: str, ids: Mapping[str, str]) -> str:
    """A template in which every one of our ids is the site's. They are UUIDs: none is a part of another word."""
    for ours, theirs in ids.items():
        text = text.replace(ours, theirs)
    return text


def site_ids(pieces: Iterable[Piece]) -> dict[str, str]:
    """The site's id of each machine that stands, by ours."""
    return {piece.id: piece.external_id for piece in pieces if piece.external_id is not None and piece.part.machine}


def unknown_removals(topology: Topology, pieces: Sequence[Piece]) -> str | None:
    """Why a removal list cannot be followed: which of its names is no machine of its node, and which there are.

    A plain number is a machine's number at its site, and the site's to judge.
    """
    for node in topology.nodes:
        listed = node.capabilities.get("scalable", {}).get(LISTED)
        machines = {piece.external_id: piece.id for piece in pieces if piece.part.name == node.name}
        for name in listed if isinstance(listed, list) else ():
            if name not in machines and not str(name).isdecimal():
                there = ", ".join(sorted(machines.values())) or "none"
                return f"{LISTED} of {node.name!r} names {name!r}, which is none of its resources; there are: {there}."
    return None


def lasting(parameters: Mapping[str, Json], topology: Topology, ids: Mapping[str, str]) -> dict[str, Json]:
    """What the next update is to be merged with: no secret, and no machine that was to be removed this once."""
    theirs = frozenset(ids.values())
    return {
        name: value
        for name, value in parameters.items()
        if name not in topology.secret_inputs and not _names_any(value, theirs)
    }


def _names_any(value: Json, ids: frozenset[str]) -> bool:
    match value:
        case str():
            return value in ids
        case list():
            return any(_names_any(item, ids) for item in value)
        case _:
            return False
