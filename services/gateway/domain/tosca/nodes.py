"""Node templates: read against their types, then every value in them worked out and checked."""

from collections.abc import Mapping

from services.gateway.domain.tosca.definitions import entries, listed
from services.gateway.domain.tosca.filters import check_filter
from services.gateway.domain.tosca.functions import Functions
from services.gateway.domain.tosca.interfaces import check_interfaces
from services.gateway.domain.tosca.model import NODES, Deferred, Draft, Here, NodeDraft
from services.gateway.domain.tosca.problems import Report
from services.gateway.domain.tosca.types import MISSING, Property
from services.gateway.domain.tosca.values import Checker
from shared.contracts.topology import Json, Path

KEYS = frozenset(
    [
        "type",
        "description",
        "metadata",
        "directives",
        "properties",
        "attributes",
        "requirements",
        "capabilities",
        "interfaces",
        "artifacts",
        "node_filter",
        "copy",
        "occurrences",
        "count",
    ],
)
CAPABILITY_KEYS = frozenset(["properties", "attributes", "occurrences", "directives", "description"])
ARTIFACT_KEYS = frozenset(
    [
        "type",
        "file",
        "repository",
        "description",
        "deploy_path",
        "properties",
        "artifact_version",
        "checksum",
        "checksum_algorithm",
        "version",
        "metadata",
        "mime_type",
    ],
)
DIRECTIVES = frozenset(("select", "substitute", "selectable", "substitutable"))


def read_nodes(draft: Draft) -> None:
    """Fills the draft's nodes; those without a known type are reported and left out."""
    raw = entries(draft.topology.get("node_templates"), NODES, draft.report)
    for name, body in raw.items():
        node = _node(draft, name, _copied(draft, raw, name, body), (*NODES, name))
        if node is not None:
            draft.nodes[name] = node


def check_nodes(draft: Draft, functions: Functions) -> None:
    """Works out and checks all values of all nodes and their relationships."""
    checker = Checker(draft.scope, draft.report, draft.computed)
    needy: dict[int, list[tuple[str, Property]]] = {}
    for node in draft.nodes.values():
        _properties(draft, functions, checker, node)
        _capabilities(draft, functions, checker, node)
        due = needy.get(id(node.type))
        if due is None:
            due = needy[id(node.type)] = _needy(node)
        for capability, definition in due:
            if capability not in node.capabilities:
                owner = f"the capability `{capability}` of `{node.name}`"
                checker.missing(definition.name, definition, node.path, owner)
        _artifacts(draft, functions, checker, node)
        _attributes(draft, functions, checker, node)
        check_interfaces(draft, functions, node.raw.get("interfaces"), (*node.path, "interfaces"), Here(node))
        _relationships(draft, functions, checker, node)
        if "node_filter" in node.raw:
            check_filter(draft, functions, node.raw["node_filter"], (*node.path, "node_filter"), None)


def _copied(draft: Draft, raw: Mapping[str, Json], name: str, body: Json) -> Json:
    """The body with what it copies from another template (`copy`), one step deep."""
    source = body.get("copy") if isinstance(body, dict) else None
    if source is None:
        return body
    if not isinstance(source, str) or not isinstance(raw.get(source), dict) or source == name:
        message = f"there is no node `{source}` to copy"[:200]
        draft.report.refuse("unknown-node", (*NODES, name, "copy"), message, source, raw)
        return body
    return {**raw[source], **body}


def _node(draft: Draft, name: str, body: Json, path: Path) -> NodeDraft | None:
    report = draft.report
    if not isinstance(body, dict):
        report.refuse("shape", path, f"the node `{name}` must be a map with a `type`", body)
        return None
    for key in body:
        if key not in KEYS:
            report.refuse("unknown-key", (*path, key), f"`{key}` is no part of a node template", key, KEYS)
    for index, word in enumerate(listed(body.get("directives"), (*path, "directives"), report)):
        if not isinstance(word, str) or word not in DIRECTIVES:
            where = (*path, "directives", index)
            report.refuse("unknown-key", where, f"`{word}` is no directive"[:200], word, DIRECTIVES)
    found = body.get("type")
    kind = draft.scope.find("node_types", found)
    if kind is None:
        message = f"the node type `{found}` of `{name}` is not known" if found else f"the node `{name}` has no `type`"
        report.refuse("unknown-node-type", (*path, "type"), message[:300], found or "", draft.scope.names("node_types"))
        return None
    node = NodeDraft(name, path, body, kind)
    node.properties = entries(body.get("properties"), (*path, "properties"), report)
    node.artifacts = entries(body.get("artifacts"), (*path, "artifacts"), report)
    node.capabilities = _capability_properties(draft, node, body.get("capabilities"), (*path, "capabilities"))
    return node


def _capability_properties(draft: Draft, node: NodeDraft, raw: Json, path: Path) -> dict[str, Mapping[str, Json]]:
    found: dict[str, Mapping[str, Json]] = {}
    for name, body in entries(raw, path, draft.report).items():
        here: Path = (*path, name)
        if name not in node.type.capabilities:
            message = f"`{node.name}` ({node.type.name}) has no capability `{name}`"
            draft.report.refuse("unknown-capability", here, message, name, node.type.capabilities)
            continue
        item = entries(body, here, draft.report)
        for key in item:
            if key not in CAPABILITY_KEYS:
                message = f"`{key}` is no part of a capability; put values under `properties`"
                draft.report.refuse("unknown-key", (*here, key), message, key, CAPABILITY_KEYS)
        found[name] = entries(item.get("properties"), (*here, "properties"), draft.report)
    return found


def _properties(draft: Draft, functions: Functions, checker: Checker, node: NodeDraft) -> None:
    path: Path = (*node.path, "properties")
    _unknown(draft, node.properties, node.type.properties, path, f"{node.type.name} (node `{node.name}`)")
    owner = f"`{node.name}` ({node.type.name})"
    where = path if "properties" in node.raw else node.path
    for name, definition in node.type.properties.items():
        value = functions.property(node, name)
        if (
            value is None
            and definition.required
            and definition.default is MISSING
            and node.properties.get(name) is None
        ):
            checker.missing(name, definition, where, owner)


def _needy(node: NodeDraft) -> list[tuple[str, Property]]:
    """The properties of a type's capabilities that somebody must give."""
    return [
        (name, definition)
        for name, capability in node.type.capabilities.items()
        for definition in capability.properties.values()
        if definition.required and definition.default is MISSING
    ]


def _capabilities(draft: Draft, functions: Functions, checker: Checker, node: NodeDraft) -> None:
    for name, given in node.capabilities.items():
        declared = node.type.capabilities[name].properties
        path: Path = (*node.path, "capabilities", name, "properties")
        _unknown(draft, given, declared, path, f"the capability `{name}` of `{node.name}`")
        for key in given:
            functions.capability(node, name, key)
        for key, definition in declared.items():
            if definition.required and definition.default is MISSING and given.get(key) is None:
                checker.missing(key, definition, path[:-1], f"the capability `{name}` of `{node.name}`")
        _scaling(draft, functions, node, name, declared)


def _unknown(draft: Draft, given: Mapping[str, Json], declared: Mapping[str, Property], path: Path, owner: str) -> None:
    for name in given:
        if name not in declared:
            message = f"`{name}` is no property of {owner}"
            draft.report.refuse("unknown-property", (*path, name), message, name, declared)


def _scaling(draft: Draft, functions: Functions, node: NodeDraft, name: str, declared: Mapping[str, Property]) -> None:
    if not {"min_instances", "max_instances"} <= declared.keys():
        return
    given = node.capabilities[name]
    least, most = (functions.capability(node, name, bound) for bound in ("min_instances", "max_instances"))
    if type(least) is not int or type(most) is not int or not {"min_instances", "max_instances"} <= given.keys():
        return
    start = functions.capability(node, name, "default_instances") if "default_instances" in given else least
    path: Path = (*node.path, "capabilities", name, "properties")
    if least > most:
        message = f"`{node.name}` scales from {least} to {most} instances; the least is above the most"
        draft.report.refuse("scaling", (*path, "min_instances"), message, least)
    elif type(start) is int and not least <= start <= most:
        message = f"`{node.name}` scales from {least} to {most} instances; it cannot start with {start}"
        draft.report.refuse("scaling", (*path, "default_instances"), message, start)


def _attributes(draft: Draft, functions: Functions, checker: Checker, node: NodeDraft) -> None:
    path: Path = (*node.path, "attributes")
    declared = {**node.type.properties, **node.type.attributes}
    for name, value in entries(node.raw.get("attributes"), path, draft.report).items():
        found = functions.resolve(value, (*path, name), Here(node))
        if name in declared:
            checker.check(found, declared[name].schema, (*path, name))
        else:
            message = f"`{name}` is no attribute of {node.type.name} (node `{node.name}`)"
            draft.report.refuse("unknown-attribute", (*path, name), message, name, declared)


def _artifacts(draft: Draft, functions: Functions, checker: Checker, node: NodeDraft) -> None:
    report = draft.report
    for name, body in node.artifacts.items():
        path: Path = (*node.path, "artifacts", name)
        item = {"file": body} if isinstance(body, str) else entries(body, path, report)
        for key in item:
            if key not in ARTIFACT_KEYS:
                report.refuse("unknown-key", (*path, key), f"`{key}` is no part of an artifact", key, ARTIFACT_KEYS)
        if item.get("file") is None:
            report.refuse("missing-file", path, f"the artifact `{name}` of `{node.name}` has no `file`; add one")
        kind = item.get("type")
        known = draft.scope.find("artifact_types", kind)
        properties = entries(item.get("properties"), (*path, "properties"), report)
        values = functions.resolve(properties, (*path, "properties"), Here(node))
        if known is not None and isinstance(values, dict):
            _unknown(draft, values, known.properties, (*path, "properties"), f"{known.name} (artifact `{name}`)")
            for key in values.keys() & known.properties.keys():
                checker.check(values[key], known.properties[key].schema, (*path, "properties", key))
        elif kind is not None:
            message = f"the artifact type `{kind}` is not known"[:200]
            report.refuse("unknown-type", (*path, "type"), message, kind, draft.scope.names("artifact_types"))
        functions.resolve(item.get("file"), (*path, "file"), Here(node))
        _repository(report, item.get("repository"), (*path, "repository"))


def _repository(report: Report, name: Json, path: Path) -> None:
    known = report.document.root.get("repositories")
    if isinstance(name, str) and not (isinstance(known, dict) and name in known):
        message = f"there is no repository `{name}`; define it under `repositories`"[:200]
        report.tolerate("unknown-repository", path, message, name, known if isinstance(known, dict) else ())


def _relationships(draft: Draft, functions: Functions, checker: Checker, node: NodeDraft) -> None:
    for link in node.links:
        if link.relationship is None:
            continue
        here = Here(node, link)
        path = link.properties_path or (*link.path, "relationship")
        values = {key: functions.resolve(item, (*path, key), here) for key, item in link.properties.items()}
        owner = f"the relationship {link.relationship.name}"
        given = any(not isinstance(value, Deferred) for value in values.values()) or bool(link.properties_path)
        declared = link.relationship.properties
        if given or any(item.required and item.default is MISSING for item in declared.values()):
            link.values = checker.fields(values, declared, path, owner)
        raw = node.raw["requirements"][link.path[-2]][link.name] if len(link.path) > len(NODES) else None
        if isinstance(raw, dict) and "node_filter" in raw:
            check_filter(draft, functions, raw["node_filter"], (*link.path, "node_filter"), link.target)
        body = raw.get("relationship") if isinstance(raw, dict) else None
        if isinstance(body, dict):
            where: Path = (*link.path, "relationship", "interfaces")
            check_interfaces(draft, functions, body.get("interfaces"), where, here)
