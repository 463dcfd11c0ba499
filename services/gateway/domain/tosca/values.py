"""Whether a value is what its schema asks for, and the value as that type."""

import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import ClassVar

from services.gateway.domain.tosca.constraints import broken
from services.gateway.domain.tosca.document import as_text
from services.gateway.domain.tosca.model import Computed, Deferred
from services.gateway.domain.tosca.problems import Report, place
from services.gateway.domain.tosca.scope import Scope
from services.gateway.domain.tosca.secrecy import names_secret
from services.gateway.domain.tosca.types import MISSING, UNBOUNDED, EntityType, Property, Schema
from services.gateway.domain.tosca.units import UNITS, amount
from shared.contracts.topology import Json, Path

VERSION = re.compile(r"[0-9]+(?:\.[0-9A-Za-z_+-]+)*\Z")
TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ]\s*[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?\s*\S*)?\Z")
BOOLEANS = {"true": True, "false": False}
PAIR = 2
SECRET_DEPTH = 3
LITERAL = Computed()
SIZE = "scalar-unit.size"


class Checker:
    """Checks values against schemas and says what is wrong where. `hidden` keeps what was found out of the messages.

    Values that are made of inputs may break constraints, with a warning, until the inputs are the real ones.
    """

    def __init__(self, scope: Scope, report: Report, computed: Computed = LITERAL, *, hidden: bool = False) -> None:
        self._scope = scope
        self._report = report
        self._computed = computed
        self._hidden = hidden

    def check(self, value: Json, schema: Schema, path: Path) -> Json:
        """The value as the schema's type. What is deferred or null passes."""
        if value is None or type(value) is Deferred or not schema.type:
            return value
        kind = schema.type
        primitive = self._PRIMITIVES.get(kind)
        if primitive is not None:
            checked = primitive(self, value, path)
        elif kind == "list":
            checked = self._list(value, schema, path)
        elif kind == "map":
            checked = self._map(value, schema, path)
        elif kind in UNITS:
            checked = self._scalar_unit(value, kind, path)
        elif kind == "null":
            checked = value
        else:
            checked = self._data_type(value, kind, path)
        if schema.constraints and checked is not None:
            self._constraints(checked, schema, path)
        return checked

    def fields(self, given: Mapping[str, Json], declared: Mapping[str, Property], path: Path, owner: str) -> Json:
        """A map of properties: all known, all required ones there, each of its type."""
        checked: dict[str, Json] = {}
        for name, value in given.items():
            definition = declared.get(name)
            if definition is None:
                message = f"`{name}` is no property of {owner}"
                self._report.refuse("unknown-property", (*path, name), message, name, declared)
            else:
                checked[name] = self.check(value, definition.schema, (*path, name))
        for name, definition in declared.items():
            if definition.required and definition.default is MISSING and given.get(name) is None:
                self.missing(name, definition, path, owner)
        return checked

    def missing(self, name: str, definition: Property, path: Path, owner: str) -> None:
        """A required property was left out."""
        message = f"{owner} needs the property `{name}` at {place(path)}; add it"
        if definition.schema.type == "map" and not definition.stated:
            self._report.tolerate("missing-required-property", path, message)
        else:
            self._report.refuse("missing-required-property", path, message)

    def _string(self, value: Json, path: Path) -> Json:
        if isinstance(value, str):
            return value
        if isinstance(value, dict | list):
            return self._wrong(value, "a string", path)
        text = as_text(value)
        shown = self._shown(text, path)
        message = f"{place(path)} must be a string; quote it: '{shown or '…'}'"
        if self._is_computed(path):
            self._report.warn("scalar-for-string", path, message)
        else:
            self._report.tolerate("scalar-for-string", path, message, shown)
        return self._became(text, path)

    def _integer(self, value: Json, path: Path) -> Json:
        return value if type(value) is int else self._wrong(value, "an integer", path)

    def _float(self, value: Json, path: Path) -> Json:
        if type(value) is int:
            self._report.warn("integer-for-float", path, f"{place(path)} is a float; write {value}.0", value)
            return self._became(float(value), path)
        return value if isinstance(value, float) else self._wrong(value, "a number", path)

    def _boolean(self, value: Json, path: Path) -> Json:
        if isinstance(value, str) and value in BOOLEANS:
            return BOOLEANS[value]
        return value if isinstance(value, bool) else self._wrong(value, "true or false", path)

    def _version(self, value: Json, path: Path) -> Json:
        text = as_text(value) if not isinstance(value, dict | list | bool) else ""
        return text if VERSION.match(text) or text == "latest" else self._wrong(value, "a version such as 1.2.3", path)

    def _timestamp(self, value: Json, path: Path) -> Json:
        if isinstance(value, str) and TIMESTAMP.match(value):
            return value
        return self._wrong(value, "a timestamp such as 2020-01-31T12:00:00Z", path)

    def _range(self, value: Json, path: Path) -> Json:
        if isinstance(value, list) and len(value) == PAIR and type(value[0]) is int:
            high = UNBOUNDED if value[1] == "UNBOUNDED" else value[1]
            if type(high) is int and value[0] <= high:
                return value
        return self._wrong(value, "a range such as [1, 4]", path)

    def _scalar_unit(self, value: Json, kind: str, path: Path) -> Json:
        if isinstance(value, str) and amount(value, kind) is not None:
            return value
        unit = {"scalar-unit.size": "4 GB", "scalar-unit.time": "10 s", "scalar-unit.frequency": "2 GHz"}
        return self._wrong(value, f"a number with a unit, such as {unit.get(kind, '10 Mbps')}", path)

    def _list(self, value: Json, schema: Schema, path: Path) -> Json:
        if not isinstance(value, list):
            return self._wrong(value, "a list", path)
        entry = schema.entry
        if entry is None:
            return value
        return [self.check(item, entry, (*path, index)) for index, item in enumerate(value)]

    def _map(self, value: Json, schema: Schema, path: Path) -> Json:
        if not isinstance(value, dict):
            return self._wrong(value, "a map", path)
        if schema.key is not None:
            for key in value:
                self.check(key, schema.key, (*path, key))
        entry = schema.entry
        if entry is None:
            return value
        return {key: self.check(item, entry, (*path, key)) for key, item in value.items()}

    def _data_type(self, value: Json, kind: str, path: Path) -> Json:
        found = self._scope.find("data_types", kind)
        if found is None:
            known = self._scope.names("data_types")
            self._report.tolerate("unknown-type", path, f"the data type `{kind}` is not known", kind, known)
            return value
        if found.base is not None:
            return self.check(value, found.base, path)
        return self._record(value, found, path)

    def _record(self, value: Json, kind: EntityType, path: Path) -> Json:
        if not isinstance(value, dict):
            return self._wrong(value, f"a map with the fields of {kind.name}", path)
        return self.fields(value, kind.properties, path, kind.name) if kind.properties else value

    def _constraints(self, value: Json, schema: Schema, path: Path) -> None:
        for constraint in schema.constraints:
            fault = broken(value, constraint, schema.type)
            if fault is not None:
                allowed = constraint.argument if constraint.operator == "valid_values" else ()
                message = f"{place(path)} must be {fault}"
                if self._lenient(path) or (schema.type == SIZE and not amount(str(value), SIZE)):
                    self._report.warn("constraint", path, message)
                else:
                    self._report.refuse("constraint", path, message, self._shown(value, path), map(str, allowed))

    def _wrong(self, value: Json, due: str, path: Path) -> Json:
        shown = self._shown(value, path)
        found = f", not `{shown}`" if shown != "" and not isinstance(shown, dict | list) else ""
        message = f"{place(path)} must be {due}{found}"[:300]
        self._report.refuse("wrong-type", path, message, shown)
        return None

    def _became(self, value: Json, path: Path) -> Json:
        if path in self._computed.places:
            self._computed.became[path] = value
        return value

    def _is_computed(self, path: Path) -> bool:
        return _is_within(path, self._computed.places)

    def _lenient(self, path: Path) -> bool:
        """Whether the value is what a template's defaults make of it, before anybody gave the real inputs."""
        return not self._computed.firm and _is_within(path, self._computed.open)

    def _shown(self, value: Json, path: Path) -> Json:
        """What may be told of a value: nothing if it is secret, or stands under a name of secrets."""
        secret = self._hidden or any(isinstance(part, str) and names_secret(part) for part in path[-SECRET_DEPTH:])
        return "" if secret else value

    # Functions, not bound methods: those would tie each checker to itself until the collector of garbage comes by.
    _PRIMITIVES: ClassVar[Mapping[str, "Callable[[Checker, Json, Path], Json]"]] = {
        "string": _string,
        "integer": _integer,
        "float": _float,
        "boolean": _boolean,
        "version": _version,
        "timestamp": _timestamp,
        "range": _range,
        "json": _string,
        "xml": _string,
    }


def _is_within(path: Path, places: AbstractSet[Path]) -> bool:
    return any(path[:length] in places for length in range(len(path), 0, -1))
