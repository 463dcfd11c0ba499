"""Interfaces and operations that a template sets: all named in the type, all values in them sound."""

from collections.abc import Mapping

from services.gateway.domain.tosca.definitions import entries
from services.gateway.domain.tosca.functions import Functions
from services.gateway.domain.tosca.model import Draft, Here
from services.gateway.domain.tosca.types import Interface
from shared.contracts.topology import Json, Path

INTERFACE_KEYS = frozenset(("type", "inputs", "operations", "notifications", "description"))
OPERATION_KEYS = frozenset(("description", "implementation", "inputs", "outputs"))


def check_interfaces(draft: Draft, functions: Functions, raw: Json, path: Path, here: Here) -> None:
    """Reports what is wrong with the `interfaces` of the relationship or else the node that `here` is in."""
    kind = here.link.relationship if here.link is not None else here.node.type if here.node is not None else None
    declared = kind.interfaces if kind is not None else {}
    for name, body in entries(raw, path, draft.report).items():
        where: Path = (*path, name)
        if not isinstance(body, dict):
            draft.report.refuse("shape", where, f"the interface `{name}` must be a map of operations", body)
            continue
        operations = _declared(draft, name, body, declared, where)
        if "inputs" in body:
            functions.resolve(body["inputs"], (*where, "inputs"), here)
        for operation, written, place in _operations(draft, body, where):
            if operations is not None and operation not in operations:
                message = f"the interface `{name}` has no operation `{operation}`"
                draft.report.refuse("unknown-operation", place, message, operation, operations)
            _operation(draft, functions, written, place, here)


def _declared(
    draft: Draft, name: str, body: Mapping[str, Json], declared: Mapping[str, Interface], path: Path
) -> frozenset[str] | None:
    """The operations allowed in the interface, or None if anything is (or the fault was said)."""
    known = declared.get(name) or declared.get(name.rpartition(".")[2])
    kind = draft.scope.find("interface_types", body.get("type", name))
    if kind is None and "type" in body:
        message = f"the interface type `{body['type']}` is not known"[:300]
        names = draft.scope.names("interface_types")
        draft.report.refuse("unknown-type", (*path, "type"), message, body["type"], names)
    if known is not None:
        return known.operations | (kind.operations if kind else frozenset())
    if kind is not None:
        return kind.operations
    message = f"there is no interface `{name}` here"
    draft.report.refuse("unknown-interface", path, message, name, declared)
    return None


def _operations(draft: Draft, body: Mapping[str, Json], path: Path) -> list[tuple[str, Json, Path]]:
    found = [(name, raw, (*path, name)) for name, raw in body.items() if name not in INTERFACE_KEYS]
    for key in ("operations", "notifications"):
        for name, raw in entries(body.get(key), (*path, key), draft.report).items():
            found.append((name, raw, (*path, key, name)))
    return found


def _operation(draft: Draft, functions: Functions, raw: Json, path: Path, here: Here) -> None:
    if raw is None or isinstance(raw, str):
        return
    for key, item in entries(raw, path, draft.report).items():
        if key not in OPERATION_KEYS:
            message = f"`{key}` is no part of an operation"
            draft.report.refuse("unknown-key", (*path, key), message, key, OPERATION_KEYS)
        elif key != "outputs":
            functions.resolve(item, (*path, key), here)
