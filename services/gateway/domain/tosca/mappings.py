"""What a topology says of itself as a part of others, and how it wants to be run: both are checked and no more."""

from collections import ChainMap
from collections.abc import Iterator, Mapping

from services.gateway.domain.tosca.definitions import entries
from services.gateway.domain.tosca.model import Draft, NodeDraft
from services.gateway.domain.tosca.types import EntityType
from shared.contracts.topology import Json, Path

TOPOLOGY = "topology_template"
MAPPING_KEYS = frozenset(
    [
        "node_type",
        "substitution_filter",
        "properties",
        "attributes",
        "capabilities",
        "requirements",
        "interfaces",
        "description",
        "metadata",
    ]
)
MAPPED = 2


def check_substitution(draft: Draft) -> None:
    """The type that is stood for is known, and what is mapped is there on both sides."""
    path: Path = (TOPOLOGY, "substitution_mappings")
    raw = entries(draft.topology.get("substitution_mappings"), path, draft.report)
    if not raw:
        return
    for key in raw:
        if key not in MAPPING_KEYS:
            message = f"`{key}` is no part of substitution mappings"
            draft.report.refuse("unknown-key", (*path, key), message, key, MAPPING_KEYS)
    found = draft.scope.find("node_types", raw.get("node_type"))
    if found is None:
        message = f"the node type `{raw.get('node_type')}` is not known"[:300]
        names = draft.scope.names("node_types")
        draft.report.refuse("unknown-type", (*path, "node_type"), message, raw.get("node_type") or "", names)
    _ends(draft, found, raw, path)
    for name, target, here in _mapped(draft, raw.get("properties"), (*path, "properties")):
        if found is not None:
            _declared(draft, found, found.properties, (name, "property"), here)
        pair = target.get("mapping") if isinstance(target, dict) else target
        if isinstance(pair, list) and len(pair) == 1 and isinstance(pair[0], str) and pair[0] not in draft.inputs:
            draft.report.refuse("unknown-input", here, f"there is no input `{pair[0]}`"[:200], pair[0], draft.inputs)


def check_workflows(draft: Draft, groups: Mapping[str, Json]) -> None:
    """The steps of workflows are about nodes or groups that are there, and lead to steps that are there."""
    path: Path = (TOPOLOGY, "workflows")
    known: Mapping[str, Json] = ChainMap(dict(draft.nodes), dict(groups))
    for name, body in entries(draft.topology.get("workflows"), path, draft.report).items():
        here: Path = (*path, name, "steps")
        steps = entries(entries(body, (*path, name), draft.report).get("steps"), here, draft.report)
        for step, what in steps.items():
            item = entries(what, (*here, step), draft.report)
            if "target" in item:
                _there(draft, item["target"], (*here, step, "target"), known, "node")
            for key in ("on_success", "on_failure"):
                for index, other in enumerate(_several(item.get(key))):
                    _there(draft, other, (*here, step, key, index), steps, "step")


def _ends(draft: Draft, kind: EntityType | None, raw: Mapping[str, Json], path: Path) -> None:
    for section, one in (("capabilities", "capability"), ("requirements", "requirement")):
        for name, target, here in _mapped(draft, raw.get(section), (*path, section)):
            if kind is not None:
                _declared(draft, kind, getattr(kind, section), (name, one), here)
            pair = target.get("mapping") if isinstance(target, dict) else target
            if isinstance(pair, list) and len(pair) == MAPPED:
                _end(draft, pair, section, one, here)


def _mapped(draft: Draft, raw: Json, path: Path) -> Iterator[tuple[str, Json, Path]]:
    """Names, what they are mapped to, and where; a list of maps is read as a map."""
    if isinstance(raw, list):
        for index, item in enumerate(raw):
            for name, target in entries(item, (*path, index), draft.report).items():
                yield name, target, (*path, index, name)
    else:
        for name, target in entries(raw, path, draft.report).items():
            yield name, target, (*path, name)


def _declared(draft: Draft, kind: EntityType, declared: Mapping[str, Json], asked: tuple[str, str], path: Path) -> None:
    name, what = asked
    if name not in declared:
        draft.report.refuse("unknown-key", path, f"{kind.name} has no {what} `{name}`", name, declared)


def _end(draft: Draft, pair: list[Json], section: str, one: str, path: Path) -> None:
    if not _there(draft, pair[0], path, draft.nodes, "node"):
        return
    node: NodeDraft = draft.nodes[pair[0]]
    offered = node.type.capabilities if section == "capabilities" else node.type.requirements
    if not isinstance(pair[1], str) or pair[1] not in offered:
        message = f"`{node.name}` ({node.type.name}) has no {one} `{pair[1]}`"[:300]
        draft.report.refuse(f"unknown-{one}", path, message, pair[1], offered)


def _there(draft: Draft, name: Json, path: Path, known: Mapping[str, Json], what: str) -> bool:
    if isinstance(name, str) and name in known:
        return True
    draft.report.refuse(f"unknown-{what}", path, f"there is no {what} `{name}`"[:200], name, known)
    return False


def _several(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]
