"""What stands beside the nodes: relationship templates, groups, policies, outputs, substitution mappings."""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass

from services.gateway.domain.tosca.definitions import entries, listed, schema
from services.gateway.domain.tosca.functions import Functions
from services.gateway.domain.tosca.inputs import check_schema
from services.gateway.domain.tosca.mappings import check_substitution, check_workflows
from services.gateway.domain.tosca.model import Draft, Here, plain
from services.gateway.domain.tosca.tainted import is_secret
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
RELATIONSHIP_KEYS = frozenset(
    ["type", "description", "metadata", "properties", "attributes", "interfaces", "copy", "alias"]
)
TRIGGER_KEYS = frozenset(
    ["description", "event", "event_type", "schedule", "target_filter", "condition", "constraint", "action", "metadata"]
)
FILTER_KEYS = frozenset(["node", "requirement", "capability"])


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
        _keys(draft, item, RELATIONSHIP_KEYS, (*path, name), "a relationship template")
        _type(draft, "relationship_types", item.get("type"), (*path, name, "type"))
        draft.relationships[name] = item


def read_elements(draft: Draft, functions: Functions) -> Elements:
    """Outputs and policies, checked; groups and substitution mappings are checked and need no more."""
    groups = _groups(draft, functions)
    policies = _policies(draft, functions, groups)
    outputs = tuple(_outputs(draft, functions))
    check_substitution(draft)
    check_workflows(draft, groups)
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
        if kind is not None:
            _members(draft, kind, listed(item.get("members"), (*here, "members"), draft.report), (*here, "members"))
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
    if kind is not None:
        _members(draft, kind, targets, (*path, "targets"))
    _triggers(draft, item, path)
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
        resolved = functions.resolve(item.get("value"), (*here, "value"))
        if "type" in item:
            due = schema(item, here, draft.report)
            check_schema(draft, due, (*here, "type"))
            resolved = Checker(draft.scope, draft.report, draft.computed).check(resolved, due, (*here, "value"))
        value = plain(resolved)
        description = item.get("description")
        found.append(
            Output(
                name=name,
                value=value,
                description=description if isinstance(description, str) else "",
                secret=is_secret(name, item, value, draft.secrets),
            )
        )
    return found


def _members(draft: Draft, kind: EntityType, names: list[Json], path: Path) -> None:
    """A group or policy type may say which types of nodes it is for."""
    if not kind.members:
        return
    for name in names:
        node = draft.nodes.get(name) if isinstance(name, str) else None
        if node is not None and not any(node.type.is_a(_full(draft, member)) for member in kind.members):
            message = f"`{node.name}` is a {node.type.name}, {kind.name} is for {', '.join(kind.members)}"
            draft.report.refuse("target-type-differs", path, message[:300], node.type.name)


def _full(draft: Draft, name: str) -> str:
    found = draft.scope.find("node_types", name)
    return found.name if found else name


def _triggers(draft: Draft, policy: Mapping[str, Json], path: Path) -> None:
    path = (*path, "triggers")
    for name, body in entries(policy.get("triggers"), path, draft.report).items():
        here: Path = (*path, name)
        item = entries(body, here, draft.report)
        _keys(draft, item, TRIGGER_KEYS, here, "a trigger")
        wanted = item.get("target_filter")
        if isinstance(wanted, dict):
            _keys(draft, wanted, FILTER_KEYS, (*here, "target_filter"), "a target filter")
            node = wanted.get("node")
            if node is not None and draft.scope.find("node_types", node) is None:
                _member(draft, node, (*here, "target_filter", "node"), draft.nodes)


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
