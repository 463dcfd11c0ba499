"""Reads the parts of a type definition: properties, requirements, capabilities, interfaces."""

from collections.abc import Mapping
from dataclasses import replace

from services.gateway.domain.tosca.constraints import OPERATORS, clause_fault
from services.gateway.domain.tosca.problems import Report, place
from services.gateway.domain.tosca.types import (
    ANYTHING,
    MISSING,
    UNBOUNDED,
    Constraint,
    Property,
    Requirement,
    Schema,
)
from shared.contracts.topology import Json, Path

OCCURRENCES = 2


def properties(raw: Json, path: Path, report: Report, inherited: Mapping[str, Property]) -> dict[str, Property]:
    """Property or attribute definitions over those inherited."""
    found = dict(inherited)
    for name, body in entries(raw, path, report).items():
        found[name] = parameter(name, body, (*path, name), report, inherited.get(name))
    return found


def parameter(name: str, raw: Json, path: Path, report: Report, inherited: Property | None = None) -> Property:
    """One definition; the short form is the name of its type."""
    body = {"type": raw} if isinstance(raw, str) else raw
    if not isinstance(body, dict):
        report.refuse("shape", path, f"the definition of `{name}` is a map with at least a `type`", raw)
        return Property(name, ANYTHING, required=False)
    if "type" not in body and inherited is not None:
        read = replace(inherited.schema, constraints=constraints(body.get("constraints"), path, report))
    else:
        read = schema(body, path, report)
    stated = "required" in body
    required = body.get("required", inherited.required if inherited else True)
    if not isinstance(required, bool):
        report.refuse("shape", (*path, "required"), "`required` is true or false", required, ("true", "false"))
    default = body.get("default", inherited.default if inherited else MISSING)
    return Property(name, read, required=required is not False, default=default, stated=stated)


def schema(raw: Json, path: Path, report: Report) -> Schema:
    """A schema in long or short form."""
    if isinstance(raw, str):
        return Schema(raw)
    if not isinstance(raw, dict):
        report.refuse("shape", path, "a schema is the name of a type or a map with a `type`", raw)
        return ANYTHING
    kind = raw.get("type")
    if not isinstance(kind, str):
        report.refuse("missing-type", path, f"{place(path)} has no `type`; add one", kind)
        return ANYTHING
    entry, key = raw.get("entry_schema"), raw.get("key_schema")
    return Schema(
        kind,
        None if entry is None else schema(entry, (*path, "entry_schema"), report),
        None if key is None else schema(key, (*path, "key_schema"), report),
        constraints(raw.get("constraints"), path, report),
    )


def constraints(raw: Json, path: Path, report: Report) -> tuple[Constraint, ...]:
    """The constraint clauses; a map is read as a list of one."""
    path = (*path, "constraints")
    if raw is None:
        return ()
    clauses = [{operator: argument} for operator, argument in raw.items()] if isinstance(raw, dict) else raw
    if not isinstance(clauses, list):
        report.refuse("shape", path, "constraints are a list of clauses", raw)
        return ()
    found = []
    for index, clause in enumerate(clauses):
        fault = clause_fault(clause)
        if fault is not None:
            shown = next(iter(clause), "") if isinstance(clause, dict) else ""
            report.refuse("constraint", (*path, index), fault, shown, () if shown in OPERATORS else OPERATORS)
        else:
            found.append(Constraint(*next(iter(clause.items()))))
    return tuple(found)


def requirements(raw: Json, path: Path, report: Report, owner: str) -> dict[str, Requirement]:
    """Requirement definitions; the short form is the name of a capability type."""
    found = {}
    for index, item in enumerate(listed(raw, path, report)):
        for name, body in entries(item, (*path, index), report).items():
            found[name] = _requirement(name, body, (*path, index, name), report, owner)
    return found


def _requirement(name: str, raw: Json, path: Path, report: Report, owner: str) -> Requirement:
    body = {"capability": raw} if isinstance(raw, str) else raw
    if not isinstance(body, dict):
        report.refuse("shape", path, f"the requirement `{name}` is a capability type or a map", raw)
        return Requirement(name, least=0, declared_by=owner)
    relationship = body.get("relationship")
    if isinstance(relationship, dict):
        relationship = relationship.get("type")
    least, most = occurrences(body.get("occurrences"), path, report)
    return Requirement(
        name,
        _name(body.get("capability")),
        _name(body.get("node")),
        _name(relationship),
        least,
        most,
        "occurrences" in body,
        owner,
    )


def occurrences(raw: Json, path: Path, report: Report) -> tuple[int, int]:
    """A pair of bounds; none given means exactly one."""
    if raw is None:
        return 1, 1
    if isinstance(raw, list) and len(raw) == OCCURRENCES and type(raw[0]) is int:
        high = UNBOUNDED if raw[1] == "UNBOUNDED" else raw[1]
        if type(high) is int and 0 <= raw[0] <= high:
            return raw[0], high
    report.refuse("shape", (*path, "occurrences"), "occurrences are two numbers, the second may be UNBOUNDED", raw)
    return 0, UNBOUNDED


def entries(raw: Json, path: Path, report: Report) -> dict[str, Json]:
    """A map that may be left out."""
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        report.refuse("shape", path, f"{place(path)} must be a map", raw)
        return {}
    return raw


def listed(raw: Json, path: Path, report: Report) -> list[Json]:
    """A list that may be left out."""
    if raw is None:
        return []
    if not isinstance(raw, list):
        report.refuse("shape", path, f"{place(path)} must be a list", raw)
        return []
    return raw


def _name(value: Json) -> str | None:
    return value if isinstance(value, str) else None
