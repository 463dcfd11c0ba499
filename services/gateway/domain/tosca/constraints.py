"""Constraint clauses: what they say of a value, in bounded time."""

import re
from collections.abc import Callable

from services.gateway.domain.tosca.document import as_text
from services.gateway.domain.tosca.patterns import BadPattern, compiled, matches
from services.gateway.domain.tosca.types import Constraint
from services.gateway.domain.tosca.units import UNITS, amount
from shared.contracts.topology import Json

OPERATORS = frozenset(
    [
        "equal",
        "greater_than",
        "greater_or_equal",
        "less_than",
        "less_or_equal",
        "in_range",
        "valid_values",
        "length",
        "min_length",
        "max_length",
        "pattern",
        "schema",
    ],
)
WORDS = {
    "equal": "equal to",
    "greater_than": "greater than",
    "greater_or_equal": "at least",
    "less_than": "less than",
    "less_or_equal": "at most",
    "in_range": "in the range",
    "valid_values": "one of",
    "length": "of length",
    "min_length": "of a length of at least",
    "max_length": "of a length of at most",
    "pattern": "of the form",
}
LISTS = {"in_range": 2, "valid_values": None}


def clause_fault(clause: Json) -> str | None:
    """What is wrong with a clause as written, or None."""
    if not isinstance(clause, dict) or len(clause) != 1:
        return "a constraint is a map of one operator, as in `greater_than: 1`"
    operator, argument = next(iter(clause.items()))
    if operator not in OPERATORS:
        return f"`{operator}` is no constraint operator"
    if operator in LISTS and not (isinstance(argument, list) and LISTS[operator] in (None, len(argument))):
        return f"`{operator}` takes a list" + (" of two" if operator == "in_range" else "")
    return pattern_fault(argument) if operator == "pattern" else None


def pattern_fault(pattern: Json) -> str | None:
    """Why a pattern is not used: it is no regular expression, or one that is not taken here."""
    if not isinstance(pattern, str):
        return "a pattern is text"
    try:
        compiled(pattern)
    except BadPattern as bad:
        return str(bad)
    return None


def broken(value: Json, constraint: Constraint, kind: str) -> str | None:
    """What the value fails to be, as in `greater than 3`, or None if the clause holds."""
    check = CHECKS.get(constraint.operator)
    if check is None or isinstance(constraint.argument, dict):
        return None
    try:
        holds = check(measure(value, kind), _argument(constraint, kind))
    except TypeError:
        return f"comparable with {constraint.argument}"
    return None if holds else f"{WORDS.get(constraint.operator, constraint.operator)} {_listed(constraint.argument)}"


def _listed(argument: Json) -> str:
    return ", ".join(map(str, argument)) if isinstance(argument, list) else str(argument)


def measure(value: Json, kind: str) -> Json:
    """The value as something that compares: sizes as bytes, versions as numbers."""
    if kind in UNITS and isinstance(value, str):
        size = amount(value, kind)
        return value if size is None else size
    if kind == "string" and not isinstance(value, dict | list):
        return as_text(value)
    if kind == "version" and value is not None:
        return tuple(int(part[:30]) if part.isdecimal() else -1 for part in re.split(r"[.-]", str(value)))
    return value


def _argument(constraint: Constraint, kind: str) -> Json:
    if constraint.operator in ("length", "min_length", "max_length", "pattern"):
        return constraint.argument
    if isinstance(constraint.argument, list):
        return [measure(item, kind) for item in constraint.argument]
    return measure(constraint.argument, kind)


def _in_range(value: Json, bounds: Json) -> bool:
    low, high = bounds
    if isinstance(value, list):
        return all(_in_range(item, bounds) for item in value if item != "UNBOUNDED")
    return bool((low == "UNBOUNDED" or value >= low) and (high == "UNBOUNDED" or value <= high))


def _among(value: Json, allowed: Json) -> bool:
    return any(value == item and isinstance(value, bool) == isinstance(item, bool) for item in allowed)


def _matches(value: Json, pattern: Json) -> bool:
    return pattern_fault(pattern) is not None or matches(pattern, as_text(value))


CHECKS: dict[str, Callable[[Json, Json], bool]] = {
    "equal": lambda value, due: bool(value == due),
    "greater_than": lambda value, due: bool(value > due),
    "greater_or_equal": lambda value, due: bool(value >= due),
    "less_than": lambda value, due: bool(value < due),
    "less_or_equal": lambda value, due: bool(value <= due),
    "in_range": _in_range,
    "valid_values": _among,
    "length": lambda value, due: bool(len(value) == due),
    "min_length": lambda value, due: bool(len(value) >= due),
    "max_length": lambda value, due: bool(len(value) <= due),
    "pattern": _matches,
}
