"""Places in a YAML document: keys and list positions from its root."""

from shared.contracts.topology import Json, Node, Path


class WrongPlace(ValueError):
    """The document does not have what it should have there; the text is a sentence for people."""


def unshared(value: Json) -> Json:
    """A copy in which every part stands once, so that what YAML anchors made one is many, and can be set apart."""
    if isinstance(value, dict):
        return {key: unshared(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [unshared(inner) for inner in value]
    return value


def node_path(node: Node) -> Path:
    """Where a node of the topology stands in the document."""
    return node.path or ("topology_template", "node_templates", node.name)


def mapping_at(document: Json, path: Path) -> dict[str, Json]:
    """The mapping that stands there. Raises `WrongPlace`."""
    found = document
    for step in path:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            raise WrongPlace(f"The template has nothing at {_written(path)}.") from None
    if not isinstance(found, dict):
        raise WrongPlace(f"The template has no mapping at {_written(path)}.")
    return found


def open_mapping(found: dict[str, Json], path: tuple[str, ...]) -> dict[str, Json]:
    """The mapping that stands there, made if there is none; an empty place counts as none. Raises `WrongPlace`."""
    for step in path:
        if found.get(step) is None:
            found[step] = {}
        found = found[step]
        if not isinstance(found, dict):
            raise WrongPlace(f"The template has no mapping at {_written(path)}.")
    return found


def open_list(found: dict[str, Json], key: str) -> list[Json]:
    """The list that stands there, made if there is none; an empty place counts as none. Raises `WrongPlace`."""
    if found.get(key) is None:
        found[key] = []
    opened = found[key]
    if not isinstance(opened, list):
        raise WrongPlace(f"The template has no list at {key}.")
    return opened


def _written(path: Path) -> str:
    return ".".join(str(step) for step in path)
