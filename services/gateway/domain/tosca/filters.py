"""node_filter: what a requirement or a node asks of the node that is chosen for it."""

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
        value = functions.property(target, name) if target is not None else None
        _clause(draft, functions, (clause, where), value, _kind(target.type if target else None, name))
    for index, item in enumerate(listed(body.get("capabilities"), (*path, "capabilities"), draft.report)):
        for name, wanted in entries(item, (*path, "capabilities", index), draft.report).items():
            here = (*path, "capabilities", index, name, "properties")
            properties = entries(wanted, here[:-1], draft.report).get("properties")
            for key, clause, where in _clauses(draft, properties, here):
                has = target is not None and name in target.type.capabilities
                value = functions.capability(target, name, key) if target is not None and has else None
                declared = target.type.capabilities[name].properties.get(key) if target is not None and has else None
                _clause(draft, functions, (clause, where), value, declared.schema.type if declared else "")


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
