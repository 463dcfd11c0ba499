"""node_filter: what a requirement or a node asks of the node that is chosen for it."""

from collections.abc import Iterable

from services.gateway.domain.tosca.constraints import broken, clause_fault
from services.gateway.domain.tosca.definitions import entries, listed
from services.gateway.domain.tosca.functions import Functions
from services.gateway.domain.tosca.model import Draft, NodeDraft, is_deferred
from services.gateway.domain.tosca.types import Constraint, EntityType
from shared.contracts.topology import Json, Path


def check_filter(draft: Draft, functions: Functions, raw: Json, path: Path, target: NodeDraft | None) -> None:
    """Reports clauses that are none, and those that the named target cannot meet."""
    body = entries(raw, path, draft.report)
    here: Path = (*path, "properties")
    for name, clause, where in _clauses(draft, body.get("properties"), here):
        if target is not None and name not in target.type.properties:
            _unknown(draft, target, f"no property `{name}`", (name, where), target.type.properties)
            continue
        value = functions.property(target, name) if target is not None else None
        _clause(draft, functions, (clause, where), value, _kind(target.type if target else None, name))
    for index, item in enumerate(listed(body.get("capabilities"), (*path, "capabilities"), draft.report)):
        for name, wanted in entries(item, (*path, "capabilities", index), draft.report).items():
            here = (*path, "capabilities", index, name, "properties")
            properties = entries(wanted, here[:-1], draft.report).get("properties")
            clauses = _clauses(draft, properties, here)
            _capability(draft, functions, clauses, (name, here[:-1]), target)


def _capability(
    draft: Draft,
    functions: Functions,
    clauses: list[tuple[str, Json, Path]],
    asked: tuple[str, Path],
    target: NodeDraft | None,
) -> None:
    """The clauses about a capability, which is named by its name or its type."""
    if target is None:
        for _, clause, where in clauses:
            _clause(draft, functions, (clause, where), None, "")
        return
    name, place = asked
    offered = target.type.capabilities
    kind = draft.scope.find("capability_types", name)
    if name not in offered and kind is not None:
        typed = {one.name: draft.scope.find("capability_types", one.type) for one in offered.values()}
        name = next((key for key, one in typed.items() if one is not None and one.is_a(kind.name)), name)
    if name not in offered:
        _unknown(draft, target, f"no capability `{name}`", (name, place), offered)
        return
    for key, clause, where in clauses:
        declared = offered[name].properties.get(key)
        if declared is None:
            _unknown(draft, target, f"no `{key}` in its `{name}`", (key, where), offered[name].properties)
            continue
        _clause(draft, functions, (clause, where), functions.capability(target, name, key), declared.schema.type)


def _unknown(draft: Draft, node: NodeDraft, what: str, found: tuple[str, Path], known: Iterable[str]) -> None:
    message = f"`{node.name}` ({node.type.name}), which is asked for this, has {what}"[:300]
    draft.report.refuse("node-filter", found[1], message, found[0], known)


def _clauses(draft: Draft, raw: Json, path: Path) -> list[tuple[str, Json, Path]]:
    """(property, clause, place) for each clause; a property may have one clause or a list of them."""
    found: list[tuple[str, Json, Path]] = []
    for index, item in enumerate(listed(raw, path, draft.report)):
        for name, clauses in entries(item, (*path, index), draft.report).items():
            where: Path = (*path, index, name)
            found += [(name, clause, where) for clause in (clauses if isinstance(clauses, list) else [clauses])]
    return found


def _clause(draft: Draft, functions: Functions, written: tuple[Json, Path], value: Json, kind: str) -> None:
    clause, path = written
    fault = clause_fault(clause)
    if fault is not None:
        draft.report.refuse("constraint", path, fault)
        return
    operator, argument = next(iter(clause.items()))
    argument = functions.resolve(argument, (*path, operator))
    if value is None or is_deferred(value) or is_deferred(argument):
        return
    unmet = broken(value, Constraint(operator, argument), kind)
    if unmet is not None:
        draft.report.refuse("node-filter", path, f"the node chosen has {value}, which is not {unmet}"[:300], value)


def _kind(kind: EntityType | None, name: str) -> str:
    declared = kind.properties.get(name) if kind else None
    return declared.schema.type if declared else ""
