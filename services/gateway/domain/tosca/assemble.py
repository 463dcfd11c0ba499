"""From the checked draft to the frozen topology that everybody else reads."""

from services.gateway.domain.tosca import needs
from services.gateway.domain.tosca.elements import Elements
from services.gateway.domain.tosca.functions import Functions
from services.gateway.domain.tosca.linking import relationship_name
from services.gateway.domain.tosca.model import Draft, NodeDraft, plain
from shared.contracts.topology import Connection, Json, Node, Topology, TopologyKind

KINDS = {
    "tosca.nodes.indigo.Container.Application.Docker.Chronos": TopologyKind.CONTAINER_JOB,
    "tosca.nodes.indigo.Container.Application.Docker.Marathon": TopologyKind.CONTAINER_SERVICE,
    "tosca.nodes.indigo.Qcg.Job": TopologyKind.BATCH_JOB,
    "tosca.nodes.indigo.Kubernetes.HelmChart": TopologyKind.HELM_RELEASE,
    needs.COMPUTE: TopologyKind.INFRASTRUCTURE,
}

JSON_ALREADY = frozenset((str, int, bool))
NODE_FIELDS = set(Node.model_fields)
CONNECTION_FIELDS = set(Connection.model_fields)


def kind_of(draft: Draft) -> TopologyKind:
    """The kind of the template by inheritance of its nodes. Two kinds in one template are reported."""
    first: tuple[NodeDraft, TopologyKind] | None = None
    for node in draft.nodes.values():
        kind = next((kind for name, kind in KINDS.items() if node.type.is_a(name)), None)
        if kind is None:
            continue
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


def assemble(
    draft: Draft, functions: Functions, elements: Elements, kind: TopologyKind, about: tuple[str, str]
) -> Topology:
    """The topology; `about` is the version of the language and the hash of the types."""
    public = needs.on_public_network(draft, functions)
    return Topology(
        kind=kind,
        definitions_version=about[0],
        catalogue=about[1],
        nodes=tuple(_node(functions, node, public) for node in draft.nodes.values()),
        outputs=elements.outputs,
        policies=elements.policies,
        inputs={name: plain(value) for name, value in draft.values.items() if name not in draft.secrets},
        secret_inputs=tuple(name for name in draft.inputs if name in draft.secrets),
    )


def _node(functions: Functions, node: NodeDraft, public: frozenset[str]) -> Node:
    properties = {name: functions.property(node, name) for name in node.type.properties}
    capabilities = functions.capabilities(node)
    host = next(node.hosts(), None)
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
        count=needs.count(node, capabilities),
        compute=needs.compute_needs(node, capabilities, public),
        volume=needs.volume_needs(functions, node),
        network=needs.network_kind(functions, node),
        path=node.path,
    )


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
