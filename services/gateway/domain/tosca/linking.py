"""Requirements of node templates: who meets them, by which relationship, and whether that is allowed."""

from collections.abc import Mapping

from services.gateway.domain.tosca.definitions import entries, listed, occurrences
from services.gateway.domain.tosca.functions import Functions, function_of
from services.gateway.domain.tosca.model import Draft, Here, Link, NodeDraft
from services.gateway.domain.tosca.types import EntityType, Requirement
from shared.contracts.topology import Json, Path

KEYS = frozenset(["node", "capability", "relationship", "node_filter", "occurrences", "count", "description"])
RELATIONSHIP_KEYS = frozenset(["type", "properties", "interfaces", "attributes", "description", "metadata"])
COMPUTE_OF_1_3 = "tosca.capabilities.Compute"
CONTAINER = "tosca.capabilities.Container"
DEPENDS_ON = "tosca.relationships.DependsOn"


def link_nodes(draft: Draft, functions: Functions) -> None:
    """Gives every node draft its links. Unknown names, unmet types and wrong numbers are reported."""
    linker = _Linker(draft, functions)
    for node in draft.nodes.values():
        linker.link(node)
    for node in draft.nodes.values():
        node.settle()


class _Linker:
    def __init__(self, draft: Draft, functions: Functions) -> None:
        self._draft = draft
        self._report = draft.report
        self._functions = functions

    def link(self, node: NodeDraft) -> None:
        path: Path = (*node.path, "requirements")
        for index, item in enumerate(listed(node.raw.get("requirements"), path, self._report)):
            for name, body in entries(item, (*path, index), self._report).items():
                self._one(node, name, body, (*path, index, name))
        self._numbers(node, path)

    def _one(self, node: NodeDraft, name: str, body: Json, path: Path) -> None:
        definition = node.type.requirements.get(name)
        if definition is None:
            message = f"`{node.name}` ({node.type.name}) has no requirement `{name}`"
            self._report.refuse("unknown-requirement", path, message, name, node.type.requirements)
            return
        if function_of(body):
            body = self._functions.resolve(body, path, Here(node))
        if isinstance(body, str):
            body = {"node": body}
        if not isinstance(body, dict):
            self._report.refuse("shape", path, f"the requirement `{name}` is the name of a node or a map", body)
            return
        for key in body:
            if key not in KEYS:
                self._report.refuse("unknown-key", (*path, key), f"`{key}` is no part of a requirement", key, KEYS)
        occurrences(body.get("occurrences"), path, self._report)
        link = Link(name, path, node, definition=definition)
        node.links.append(link)
        self._relationship(link, body.get("relationship"), (*path, "relationship"))
        self._target(link, body, path)

    def _target(self, link: Link, body: Mapping[str, Json], path: Path) -> None:
        name = body.get("node")
        if function_of(name):
            name = self._functions.resolve(name, (*path, "node"), Here(link.source))
        if name is None:
            return
        target = self._draft.nodes.get(name) if isinstance(name, str) else None
        if target is not None:
            link.target = target
            self._capability(link, target, body.get("capability"), path)
            self._type(link, target, path)
        elif self._draft.scope.find("node_types", name) is None:
            message = f"`{link.source.name}` requires `{name}`, but there is no such node"[:300]
            self._report.refuse("unknown-node", path, message, name, self._draft.nodes)

    def _relationship(self, link: Link, raw: Json, path: Path) -> None:
        declared = link.definition.relationship if link.definition else None
        if isinstance(raw, str) and raw in self._draft.relationships:
            path, raw = ("topology_template", "relationship_templates", raw), self._draft.relationships[raw]
        if isinstance(raw, dict):
            for key in raw:
                if key not in RELATIONSHIP_KEYS:
                    message = f"`{key}` is no part of a relationship"
                    self._report.refuse("unknown-key", (*path, key), message, key, RELATIONSHIP_KEYS)
            link.properties = entries(raw.get("properties"), (*path, "properties"), self._report)
            link.properties_path = (*path, "properties")
            raw = raw.get("type", declared)
        name = raw if raw is not None else declared or DEPENDS_ON
        link.relationship = self._draft.scope.find("relationship_types", name)
        if link.relationship is None:
            names = [*self._draft.scope.names("relationship_types"), *self._draft.relationships]
            message = f"the relationship type `{name}` is not known"[:200]
            self._report.refuse("unknown-type", path, message, name, names)

    def _capability(self, link: Link, target: NodeDraft, asked: Json, path: Path) -> None:
        name = asked if isinstance(asked, str) else link.definition.capability if link.definition else None
        if name is None:
            return
        offered = target.type.capabilities
        if name in offered:
            link.capability = name
            return
        due = self._draft.scope.find("capability_types", name)
        link.capability = self._offered(target, due.name if due else name)
        if link.capability is None:
            message = (
                f"`{target.name}` ({target.type.name}) has no {name}; `{link.source.name}` needs one as `{link.name}`"
            )
            if name == COMPUTE_OF_1_3 and self._offered(target, CONTAINER) is not None:
                link.capability = self._offered(target, CONTAINER)
                self._report.tolerate("target-lacks-capability", path, message, target.name)
            else:
                self._report.refuse("target-lacks-capability", path, message, target.name)

    def _offered(self, target: NodeDraft, name: str) -> str | None:
        for capability in target.type.capabilities.values():
            kind = self._draft.scope.find("capability_types", capability.type)
            if kind is not None and kind.is_a(name):
                return capability.name
        return None

    def _type(self, link: Link, target: NodeDraft, path: Path) -> None:
        definition = link.definition
        if definition is None or definition.node is None:
            return
        due = self._draft.scope.find("node_types", definition.node)
        if due is None or target.type.is_a(due.name):
            return
        asked = f"`{link.name}` of `{link.source.name}` asks for a {due.name}"
        message = f"`{target.name}` is a {target.type.name}, {asked}"
        if self._keeps_out(link, target):
            self._report.refuse("target-type-differs", path, message, target.type.name)
        else:
            self._report.warn("target-type-differs", path, message, target.type.name)

    def _keeps_out(self, link: Link, target: NodeDraft) -> bool:
        """Whether the capability names who may use it, and the source is none of them."""
        capability = target.type.capabilities.get(link.capability or "")
        allowed = [self._draft.scope.find("node_types", name) for name in capability.sources] if capability else []
        return bool(allowed) and not any(kind is not None and link.source.type.is_a(kind.name) for kind in allowed)

    def _numbers(self, node: NodeDraft, path: Path) -> None:
        counts: dict[str, int] = {}
        for link in node.links:
            counts[link.name] = counts.get(link.name, 0) + 1
        for name, definition in node.type.requirements.items():
            count = counts.get(name, 0)
            if count < definition.least and not node.raw.get("directives"):
                self._too_few(node, definition, count, path)
            elif count > definition.most:
                message = f"`{node.name}` has `{name}` {count} times; at most {definition.most} is allowed"
                if definition.stated:
                    self._report.refuse("requirement-occurrences", path, message, name)
                else:
                    self._report.tolerate("requirement-occurrences", path, message, name)

    def _too_few(self, node: NodeDraft, definition: Requirement, count: int, path: Path) -> None:
        message = f"`{node.name}` ({node.type.name}) needs the requirement `{definition.name}`; add it"
        if count:
            message = f"`{node.name}` needs `{definition.name}` at least {definition.least} times"
        hosted = any(link.hosts for link in node.links)
        inherited = definition.declared_by != node.type.name
        path = path if "requirements" in node.raw else node.path
        if not definition.stated and (inherited or hosted):
            self._report.tolerate("requirement-unset", path, message, definition.name)
        else:
            self._report.refuse("requirement-unset", path, message, definition.name)


def relationship_name(link: Link) -> str | None:
    """The name of the link's relationship type."""
    kind: EntityType | None = link.relationship
    return kind.name if kind else None
