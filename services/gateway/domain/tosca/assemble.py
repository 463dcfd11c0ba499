"""From the checked draft to the frozen topology that everybody else reads."""

from collections.abc import Iterator

from services.gateway.domain.tosca import needs
from services.gateway.domain.tosca.data import data_of
from services.gateway.domain.tosca.elements import Elements
from services.gateway.domain.tosca.files import Files, image_of
from services.gateway.domain.tosca.functions import Functions
from services.gateway.domain.tosca.jobs import BATCH, CHRONOS, QCG, jobs_of
from services.gateway.domain.tosca.linking import relationship_name
from services.gateway.domain.tosca.model import Draft, NodeDraft, plain
from services.gateway.domain.tosca.operations import Operations
from services.gateway.domain.tosca.types import NOTHING
from shared.contracts.topology import Artifact, Connection, ContainerNeeds, Json, Node, Topology, TopologyKind

KINDS = {
    CHRONOS: TopologyKind.CONTAINER_JOB,
    "tosca.nodes.indigo.Container.Application.Docker.Marathon": TopologyKind.CONTAINER_SERVICE,
    BATCH: TopologyKind.BATCH_JOB,
    QCG: TopologyKind.BATCH_JOB,
    "tosca.nodes.indigo.Kubernetes.HelmChart": TopologyKind.HELM_RELEASE,
    needs.COMPUTE: TopologyKind.INFRASTRUCTURE,
}

JSON_ALREADY = frozenset((str, int, bool))
NODE_FIELDS = set(Node.model_fields)
CONNECTION_FIELDS = set(Connection.model_fields)


def kind_of(draft: Draft) -> TopologyKind:
    """The kind of the template by inheritance of its nodes. Two kinds in one template are reported."""
    first: tuple[NodeDraft, TopologyKind] | None = None
    for node, kind in _kinds(draft):
        if first is None:
            first = (node, kind)
        elif first[1] is not kind:
            other = first[0]
            message = (
                f"`{other.name}` is {first[1].replace('-', ' ')} and `{node.name}` is {kind.replace('-', ' ')}; "
                "one template is one kind, split it in two"
            )
            draft.report.refuse("mixed-kinds", node.path, message, node.type.name)
            break
    return first[1] if first else TopologyKind.INFRASTRUCTURE


def likely_kind(draft: Draft) -> TopologyKind | None:
    """The kind that a refused template would have, if its nodes say so with one voice."""
    kinds = {kind for _, kind in _kinds(draft)}
    return kinds.pop() if len(kinds) == 1 else None


def assemble(
    draft: Draft, functions: Functions, elements: Elements, kind: TopologyKind, about: tuple[str, str]
) -> Topology:
    """The topology; `about` is the version of the language and the hash of the types."""
    assembly = _Assembly(draft, functions, kind)
    nodes = tuple(assembly.node(node) for node in draft.nodes.values())
    return Topology(
        kind=kind,
        definitions_version=about[0],
        catalogue=about[1],
        nodes=nodes,
        outputs=elements.outputs,
        policies=elements.policies,
        jobs=jobs_of(draft),
        data=data_of(draft, {node.name: node.properties for node in nodes}),
        inputs={name: plain(value) for name, value in draft.values.items() if name not in draft.secrets},
        secret_inputs=tuple(name for name in draft.inputs if name in draft.secrets),
    )


def _kinds(draft: Draft) -> Iterator[tuple[NodeDraft, TopologyKind]]:
    for node in draft.nodes.values():
        kind = next((kind for name, kind in KINDS.items() if node.type.is_a(name)), None)
        if kind is not None:
            yield node, kind


class _Assembly:
    """Puts nodes together, with what is found once for all of them."""

    def __init__(self, draft: Draft, functions: Functions, kind: TopologyKind) -> None:
        self._draft = draft
        self._functions = functions
        self._kind = kind
        self._public = needs.on_public_network(draft, functions)
        self._attached = needs.attachments(draft)
        self._files = Files(draft, functions)
        self._operations = Operations(draft, functions)

    def node(self, node: NodeDraft) -> Node:
        functions = self._functions
        properties = {name: functions.property(node, name) for name in node.type.properties}
        capabilities = functions.capabilities(node)
        host = next(node.hosts(), None)
        place = needs.is_place(node, self._kind)
        artifacts = self._files.of(node)
        # Everything in it was checked on the way; validating it again is half the time of a large template.
        return Node.model_construct(
            NODE_FIELDS,
            name=node.name,
            type=node.type.name,
            ancestors=node.type.ancestors,
            properties=_known(properties),
            capabilities={name: _known(values) for name, values in capabilities.items()},
            connections=tuple(_connections(node)),
            host=host.name if host else None,
            count=self._count(node, capabilities),
            compute=None if place else needs.compute_needs(node, capabilities, self._public),
            volume=needs.volume_needs(functions, node, self._attached.get(node.name)),
            network=needs.network_kind(functions, node),
            container=self._container(node, artifacts, properties.get("secrets")),
            scaling=needs.scaling(node, capabilities),
            artifacts=artifacts,
            operations=self._operations.of(node, properties),
            path=node.path,
        )

    def _count(self, node: NodeDraft, capabilities: needs.Said) -> int:
        """As many containers as what they run in, unless they are counted themselves."""
        host = None if "scalable" in node.type.capabilities else needs.container_host(node)
        if host is not None and any(host.type.is_a(name) for name in needs.RUNTIMES):
            return needs.count(host, self._functions.capabilities(host))
        return needs.count(node, capabilities)

    def _container(self, node: NodeDraft, artifacts: tuple[Artifact, ...], secrets: Json) -> ContainerNeeds | None:
        if not node.type.is_a(needs.CONTAINER):
            return None
        host = needs.container_host(node)
        said = self._functions.capabilities(host).get("host", NOTHING) if host is not None else NOTHING
        return needs.container_needs(image_of(self._draft.scope, artifacts), said, secrets)


def _connections(node: NodeDraft) -> list[Connection]:
    return [
        Connection.model_construct(
            CONNECTION_FIELDS,
            requirement=link.name,
            target=link.target.name,
            relationship=relationship_name(link),
            capability=link.capability,
            properties=_known(link.values),
        )
        for link in node.links
        if link.target is not None
    ]


def _known(values: dict[str, Json]) -> dict[str, Json]:
    """What is known, as JSON; the same map if that is what it is already."""
    if all(type(value) in JSON_ALREADY for value in values.values()):
        return values
    return {name: plain(value) for name, value in values.items() if value is not None}
