"""What stands beside the nodes: relationship templates, groups, policies, outputs, substitution mappings."""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass

from services.gateway.domain.tosca.definitions import entries, listed
from services.gateway.domain.tosca.functions import Functions
from services.gateway.domain.tosca.model import Draft, Here, plain
from services.gateway.domain.tosca.types import EntityType
from services.gateway.domain.tosca.values import Checker
from shared.contracts.topology import Json, Output, Path, PlacementPolicy

TOPOLOGY = "topology_template"
GROUP_KEYS = frozenset(
    ["type", "description", "metadata", "attributes", "properties", "members", "interfaces", "targets"]
)
POLICY_KEYS = frozenset(["type", "description", "metadata", "properties", "targets", "triggers"])
OUTPUT_KEYS = frozenset(
    ["type", "description", "value", "required", "status", "entry_schema", "key_schema", "metadata", "constraints"]
)
MAPPED = 2


@dataclass(slots=True)
class Elements:
    """The parts of a compiled topology that are not nodes."""

    outputs: tuple[Output, ...] = ()
    policies: tuple[PlacementPolicy, ...] = ()


def read_relationships(draft: Draft) -> None:
    """Fills the draft's relationship templates."""
    path: Path = (TOPOLOGY, "relationship_templates")
    for name, body in entries(draft.topology.get("relationship_templates"), path, draft.report).items():
        item = entries(body, (*path, name), draft.report)
        _type(draft, "relationship_types", item.get("type"), (*path, name, "type"))
        draft.relationships[name] = item


def read_elements(draft: Draft, functions: Functions) -> Elements:
    """Outputs and policies, checked; groups and substitution mappings are checked and need no more."""
    groups = _groups(draft, functions)
    policies = _policies(draft, functions, groups)
    outputs = tuple(_outputs(draft, functions))
    _substitution(draft)
    _workflows(draft, groups)
    for name, item in draft.relationships.items():
        kind = draft.scope.find("relationship_types", item.get("type"))
        _fields(draft, functions, kind, item, (TOPOLOGY, "relationship_templates", name))
    return Elements(outputs, tuple(policies))


def _groups(draft: Draft, functions: Functions) -> dict[str, Json]:
    path: Path = (TOPOLOGY, "groups")
    groups = entries(draft.topology.get("groups"), path, draft.report)
    for name, body in groups.items():
        here: Path = (*path, name)
        item = entries(body, here, draft.report)
        _keys(draft, item, GROUP_KEYS, here, "a group")
        kind = _type(draft, "group_types", item.get("type"), (*here, "type"))
        for index, member in enumerate(listed(item.get("members"), (*here, "members"), draft.report)):
            _member(draft, member, (*here, "members", index), draft.nodes)
        _fields(draft, functions, kind, item, here)
    return groups


def _policies(draft: Draft, functions: Functions, groups: dict[str, Json]) -> list[PlacementPolicy]:
    path: Path = (TOPOLOGY, "policies")
    raw = draft.topology.get("policies")
    written = [({name: body}, (*path, name)) for name, body in raw.items()] if isinstance(raw, dict) else None
    if written is None:
        written = [(item, (*path, index)) for index, item in enumerate(listed(raw, path, draft.report))]
    found = []
    for item, where in written:
        for name, body in entries(item, where, draft.report).items():
            here = where if isinstance(raw, dict) else (*where, name)
            found.append(_policy(draft, functions, groups, name, (body, here)))
    return found


def _policy(
    draft: Draft, functions: Functions, groups: dict[str, Json], name: str, written: tuple[Json, Path]
) -> PlacementPolicy:
    body, path = written
    item = entries(body, path, draft.report)
    _keys(draft, item, POLICY_KEYS, path, "a policy")
    kind = _type(draft, "policy_types", item.get("type"), (*path, "type"))
    targets: list[str] = []
    for index, target in enumerate(listed(item.get("targets"), (*path, "targets"), draft.report)):
        if isinstance(target, str) and target in groups:
            members = groups[target].get("members") if isinstance(groups[target], dict) else None
            targets += [member for member in members or [] if isinstance(member, str)]
        elif _member(draft, target, (*path, "targets", index), ChainMap(draft.nodes, groups)):
            targets.append(target)
    properties = plain(_fields(draft, functions, kind, item, path))
    for trigger, what in entries(item.get("triggers"), (*path, "triggers"), draft.report).items():
        entries(what, (*path, "triggers", trigger), draft.report)
    return PlacementPolicy(
        name=name, type=kind.name if kind else "", targets=tuple(dict.fromkeys(targets)), properties=properties
    )


def _outputs(draft: Draft, functions: Functions) -> list[Output]:
    path: Path = (TOPOLOGY, "outputs")
    found = []
    for name, body in entries(draft.topology.get("outputs"), path, draft.report).items():
        here: Path = (*path, name)
        item = entries(body, here, draft.report)
        _keys(draft, item, OUTPUT_KEYS, here, "an output")
        if "value" not in item:
            draft.report.refuse("missing-value", here, f"the output `{name}` has no `value`; add one")
        value = functions.resolve(item.get("value"), (*here, "value"))
        description = item.get("description")
        found.append(
            Output(name=name, value=plain(value), description=description if isinstance(description, str) else "")
        )
    return found


def _substitution(draft: Draft) -> None:
    path: Path = (TOPOLOGY, "substitution_mappings")
    raw = entries(draft.topology.get("substitution_mappings"), path, draft.report)
    if not raw:
        return
    kind = _type(draft, "node_types", raw.get("node_type"), (*path, "node_type"))
    for section in ("capabilities", "requirements"):
        for name, target in entries(raw.get(section), (*path, section), draft.report).items():
            here: Path = (*path, section, name)
            pair = target.get("mapping") if isinstance(target, dict) else target
            if isinstance(pair, list) and len(pair) == MAPPED:
                _member(draft, pair[0], here, draft.nodes)
            declared = (kind.capabilities if section == "capabilities" else kind.requirements) if kind else {}
            if kind is not None and name not in declared:
                message = f"{kind.name} has no {section[:-3]}y `{name}`" if section == "capabilities" else ""
                message = message or f"{kind.name} has no requirement `{name}`"
                draft.report.refuse("unknown-key", here, message, name, declared)


def _workflows(draft: Draft, groups: dict[str, Json]) -> None:
    path: Path = (TOPOLOGY, "workflows")
    for name, body in entries(draft.topology.get("workflows"), path, draft.report).items():
        steps = entries(body, (*path, name), draft.report).get("steps")
        for step, what in entries(steps, (*path, name, "steps"), draft.report).items():
            here: Path = (*path, name, "steps", step)
            target = entries(what, here, draft.report).get("target")
            if target is not None:
                _member(draft, target, (*here, "target"), ChainMap(draft.nodes, groups))


def _type(draft: Draft, category: str, name: Json, path: Path) -> EntityType | None:
    found = draft.scope.find(category, name)
    if found is None:
        what = category.replace("_", " ").removesuffix("s")
        message = f"the {what} `{name}` is not known"[:300] if name is not None else "a `type` is missing"
        draft.report.refuse("unknown-type", path, message, name or "", draft.scope.names(category))
    return found


def _keys(draft: Draft, item: dict[str, Json], allowed: frozenset[str], path: Path, owner: str) -> None:
    for key in item:
        if key not in allowed:
            draft.report.refuse("unknown-key", (*path, key), f"`{key}` is no part of {owner}", key, allowed)


def _member(draft: Draft, name: Json, path: Path, known: Mapping[str, Json]) -> bool:
    if isinstance(name, str) and name in known:
        return True
    draft.report.refuse("unknown-node", path, f"there is no node `{name}`"[:200], name, known)
    return False


def _fields(draft: Draft, functions: Functions, kind: EntityType | None, item: Mapping[str, Json], path: Path) -> Json:
    where: Path = (*path, "properties")
    given = entries(item.get("properties"), where, draft.report)
    values = {key: functions.resolve(value, (*where, key), Here()) for key, value in given.items()}
    if kind is None:
        return values
    place = where if "properties" in item else path
    return Checker(draft.scope, draft.report, draft.computed).fields(values, kind.properties, place, kind.name)
