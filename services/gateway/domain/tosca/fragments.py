"""Fragments of the field: templates that name parents in their metadata and are merged over one of them."""

from array import array
from collections.abc import Mapping
from functools import reduce

from services.gateway.domain.tosca.document import NUMBER, Document
from shared.contracts.topology import Json

SECTIONS = ("inputs", "node_templates", "outputs")
DEEPEST = 8


def merged(child: Document, parents: Mapping[str, Document]) -> Document:
    """The child over the first of its parents that is known; the child itself if it names none that is.

    Parents are named by `metadata.parents` (fragments) or imported as `template_file` (overlays); a link stub
    (`metadata.link` with `parent` and `childs`) is those, merged. Of inputs that both have, the child's keys replace
    the parent's one by one, and a bare value is a new default; everything else of the child replaces.
    """
    return _merged(child, parents, 0) if parents and isinstance(child.root, dict) else child


def _merged(child: Document, parents: Mapping[str, Document], depth: int) -> Document:
    root = child.root
    metadata = root.get("metadata") if isinstance(root.get("metadata"), dict) else {}
    link = metadata.get("link")
    if isinstance(link, dict) and not root.get("topology_template"):
        names = [*_texts(link.get("parent")), *_texts(link.get("childs"))]
        family = [parents[name] for name in names if _is_known(name, parents)]
        return reduce(lambda above, below: _Merge(above, below).document, [*family, child])
    names = [*_texts(metadata.get("parents")), *_overlaid(root.get("imports"))]
    parent = next((parents[name] for name in names if _is_known(name, parents)), None)
    if parent is None or depth > DEEPEST:
        return child
    return _Merge(_merged(parent, parents, depth + 1), child).document


def _is_known(name: str, parents: Mapping[str, Document]) -> bool:
    return name in parents and isinstance(parents[name].root, dict)


def _overlaid(imports: Json) -> list[str]:
    """The templates that a list of imports takes whole."""
    listed = imports if isinstance(imports, list) else []
    return [name for item in listed if isinstance(item, dict) for name in _texts(item.get("template_file"))]


class _Merge:
    def __init__(self, parent: Document, child: Document) -> None:
        self.document = Document(
            None,
            marks={**parent.marks, **child.marks},
            again={**parent.again, **child.again},
            duplicates=[*parent.duplicates, *child.duplicates],
            sources=(parent, child),
        )
        root = self._over(parent.root, child.root)
        above, below = parent.root.get("topology_template"), child.root.get("topology_template")
        if isinstance(above, dict) and isinstance(below, dict):
            topology = self._over(above, below)
            for section in SECTIONS:
                if isinstance(above.get(section), dict) and isinstance(below.get(section), dict):
                    topology[section] = self._section(section, above[section], below[section])
            root["topology_template"] = topology
        above, below = parent.root.get("imports"), child.root.get("imports")
        if isinstance(below, list) and (above is None or isinstance(above, list)):
            known = above or []
            root["imports"] = [*known, *(item for item in below if item not in known and not _overlaid([item]))]
        self.document.root = root

    def _section(self, section: str, above: dict[str, Json], below: dict[str, Json]) -> dict[str, Json]:
        joined = self._over(above, below)
        if section == "inputs":
            for name in above.keys() & below.keys():
                if isinstance(above[name], dict):
                    given = below[name] if isinstance(below[name], dict) else {"default": below[name]}
                    joined[name] = self._over(above[name], given)
        return joined

    def _over(self, above: dict[str, Json], below: dict[str, Json]) -> dict[str, Json]:
        joined = {**above, **below}
        marks = {**self._marks(above), **self._marks(below)}
        self.document.marks[id(joined)] = array(NUMBER, [marks.get(key, 0) for key in joined]).tobytes()
        return joined

    def _marks(self, container: dict[str, Json]) -> dict[str, int]:
        return dict(zip(container, self.document.marks_of(container), strict=False))


def _texts(names: Json) -> list[str]:
    names = [names] if isinstance(names, str) else names
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
