"""Types of a template that would make much of it: what a type says once, the topology says of each of its nodes."""

from collections import Counter
from collections.abc import Iterator

from services.gateway.domain.tosca.model import NODES, Draft, extent
from services.gateway.domain.tosca.scope import Types
from services.gateway.domain.tosca.types import MISSING, EntityType
from shared.contracts.topology import Json

HEAVIEST = 300_000
"""How much all nodes together may get from the template's own types, in the measure of `extent`."""


def check_weight(draft: Draft, own: Types) -> None:
    """Refuses a template whose own types say so much that its nodes would fill the memory of whoever reads them."""
    kinds = {kind.name: kind for (category, _), kind in own.items() if category == "node_types"}
    if not kinds:
        return
    total = 0
    for name, count in Counter(node.type.name for node in draft.nodes.values()).items():
        if name in kinds:
            total += count * sum(extent(value, HEAVIEST) for value in _said(kinds[name]))
    if total > HEAVIEST:
        message = "the node types of the template say too much for so many nodes; give their values once, as inputs"
        draft.report.refuse("too-large", NODES, message)


def _said(kind: EntityType) -> Iterator[Json]:
    yield from (one.default for one in kind.properties.values() if one.default is not MISSING)
    for capability in kind.capabilities.values():
        yield dict(capability.defaults)
    yield dict(kind.artifacts)
    for interface in kind.interfaces.values():
        for procedure in interface.procedures.values():
            yield procedure.implementation
            yield dict(procedure.inputs)
