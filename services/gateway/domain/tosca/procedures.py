"""What the operations of an interface do: implementations and inputs, in the forms of 1.0 and 1.3."""

from collections.abc import Iterator, Mapping

from services.gateway.domain.tosca.types import MISSING, Procedure
from shared.contracts.topology import Json

NOT_OPERATIONS = frozenset(
    [
        "derived_from",
        "version",
        "description",
        "inputs",
        "type",
        "operations",
        "notifications",
        "metadata",
        "implementation",
    ],
)
DEFINITION = frozenset(
    [
        "type",
        "description",
        "required",
        "default",
        "value",
        "status",
        "constraints",
        "entry_schema",
        "key_schema",
        "metadata",
    ]
)
"""The keys of an input that is declared, not given."""


def procedures(body: Mapping[str, Json], inherited: Mapping[str, Procedure]) -> dict[str, Procedure]:
    """The procedures of an interface by operation. Its own inputs are those of each of its operations."""
    done = dict(inherited)
    shared = _values(body.get("inputs"))
    for name, raw in _operations(body):
        above = done.get(name, Procedure())
        written = raw if isinstance(raw, dict) else {"implementation": raw}
        implementation = written.get("implementation")
        done[name] = Procedure(
            above.implementation if implementation is None else implementation,
            {**above.inputs, **shared, **_values(written.get("inputs"))},
        )
    if shared:
        untouched = done.keys() - {name for name, _ in _operations(body)}
        done |= {name: Procedure(done[name].implementation, {**done[name].inputs, **shared}) for name in untouched}
    return done


def _operations(body: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    yield from ((name, raw) for name, raw in body.items() if name not in NOT_OPERATIONS)
    for key in ("operations", "notifications"):
        listed = body.get(key)
        if isinstance(listed, dict):
            yield from listed.items()


def _values(raw: Json) -> dict[str, Json]:
    """What inputs are: the value itself, or the default of a definition; those without either are left out."""
    if not isinstance(raw, dict):
        return {}
    values = {name: _value(item) for name, item in raw.items()}
    return {name: value for name, value in values.items() if value is not MISSING}


def _value(raw: Json) -> Json:
    if isinstance(raw, dict) and isinstance(raw.get("type"), str) and raw.keys() <= DEFINITION:
        return raw.get("value", raw.get("default", MISSING))
    return raw
