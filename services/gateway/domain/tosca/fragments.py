"""Fragments of the field: templates that name parents in their metadata and are merged over one of them."""

from collections.abc import Mapping
from functools import reduce

from services.gateway.domain.tosca.document import Document
from shared.contracts.topology import Json

SECTIONS = ("inputs", "node_templates", "outputs")
DEEPEST = 8


def merged(child: Document, parents: Mapping[str, Document]) -> Document:
    """The child over the first of its parents that is known; the child itself if it names none that is.

    A link stub (`metadata.link` with `parent` and `childs`) is those, merged. Of inputs that both have, the child's
    keys replace the parent's one by one; everything else of the child replaces.
    """
    return _merged(child, parents, 0)


def _merged(child: Document, parents: Mapping[str, Document], depth: int) -> Document:
    metadata = child.root.get("metadata") if isinstance(child.root, dict) else None
    if not parents or not isinstance(metadata, dict) or depth > DEEPEST:
        return child
    link = metadata.get("link")
    if isinstance(link, dict) and "topology_template" not in child.root:
        names = [*_texts(link.get("parent")), *_texts(link.get("childs"))]
        family = [parents[name] for name in names if name in parents]
        family = [document for document in family if isinstance(document.root, dict)]
        return reduce(lambda above, below: _Merge(above, below).document, [*family, child])
    parent = next((parents[name] for name in _texts(metadata.get("parents")) if name in parents), None)
    if parent is None or not isinstance(parent.root, dict):
        return child
    return _Merge(_merged(parent, parents, depth + 1), child).document


class _Merge:
    def __init__(self, parent: Document, child: Document) -> None:
        self.document = Document(None, {**parent.marks, **child.marks}, [*parent.duplicates, *child.duplicates])
        self.document.sources = (parent, child)
        root = self._over(parent.root, child.root)
        above, below = parent.root.get("topology_template"), child.root.get("topology_template")
        if isinstance(above, dict) and isinstance(below, dict):
            topology = self._over(above, below)
            for section in SECTIONS:
                if isinstance(above.get(section), dict) and isinstance(below.get(section), dict):
                    topology[section] = self._section(section, above[section], below[section])
            root["topology_template"] = topology
        if isinstance(parent.root.get("imports"), list) and isinstance(child.root.get("imports"), list):
            more = [item for item in child.root["imports"] if item not in parent.root["imports"]]
            root["imports"] = [*parent.root["imports"], *more]
        self.document.root = root

    def _section(self, section: str, above: dict[str, Json], below: dict[str, Json]) -> dict[str, Json]:
        joined = self._over(above, below)
        if section == "inputs":
            for name in above.keys() & below.keys():
                if isinstance(above[name], dict) and isinstance(below[name], dict):
                    joined[name] = self._over(above[name], below[name])
        return joined

    def _over(self, above: dict[str, Json], below: dict[str, Json]) -> dict[str, Json]:
        joined = {**above, **below}
        marks = self.document.marks
        marks[id(joined)] = {**marks.get(id(above), {}), **marks.get(id(below), {})}
        return joined


def _texts(names: Json) -> list[str]:
    names = [names] if isinstance(names, str) else names
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
