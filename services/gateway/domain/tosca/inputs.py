"""A template's inputs: their definitions, the values they are given, and which of them are secret.

An input is secret when its `metadata.secret` says so, or when its type is a Credential, or when it is text and the last
word of its name is one that names secrets (`admin_password`, `iam_token`, `s3_secret_key`); `metadata.secret: false`
denies it.
"""

import json
import re
from collections.abc import Mapping

from services.gateway.domain.tosca.definitions import entries, parameter
from services.gateway.domain.tosca.model import Draft
from services.gateway.domain.tosca.reader import TEMPLATE
from services.gateway.domain.tosca.secrecy import names_secret
from services.gateway.domain.tosca.types import MISSING, PRIMITIVES, Property, Schema
from services.gateway.domain.tosca.values import BOOLEANS, Checker
from shared.contracts.topology import Json, Path

INPUTS: Path = ("topology_template", "inputs")
KEYS = frozenset(
    [
        "type",
        "description",
        "default",
        "required",
        "constraints",
        "status",
        "entry_schema",
        "key_schema",
        "metadata",
        "value",
    ]
)
CREDENTIAL = "tosca.datatypes.Credential"
INTEGER = re.compile(r"[-+]?[0-9]{1,100}\Z")
NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z")


def read_inputs(draft: Draft, given: Mapping[str, Json], *, need: bool) -> None:
    """Fills the draft's inputs, values and secrets. `need` makes a required input without a value a problem."""
    secrets = set()
    for name, raw in entries(draft.topology.get("inputs"), INPUTS, draft.report).items():
        path: Path = (*INPUTS, name)
        definition = _definition(draft, name, raw, path)
        draft.inputs[name] = definition
        if isinstance(raw, dict) and _is_secret(name, definition, raw):
            secrets.add(name)
        said = _value(draft, definition, given, path, hidden=name in secrets)
        if need and definition.required and not said:
            message = f"the input `{name}` is required and has no value; give it one"
            draft.report.refuse("missing-input", path, message, name)
    draft.secrets = frozenset(secrets)
    for name in given:
        if name not in draft.inputs:
            shown = name.encode(errors="replace").decode()
            draft.report.refuse("unknown-input", INPUTS, f"there is no input `{shown}`"[:200], shown, draft.inputs)


def check_schema(draft: Draft, schema: Schema, path: Path) -> None:
    """Reports what in a schema is of no known type."""
    if schema.type and schema.type not in PRIMITIVES and draft.scope.find("data_types", schema.type) is None:
        names = [*PRIMITIVES, *draft.scope.names("data_types")]
        draft.report.refuse("unknown-type", path, f"the type `{schema.type}` is not known", schema.type, names)
    for part in (schema.entry, schema.key):
        if part is not None:
            check_schema(draft, part, path)


def _definition(draft: Draft, name: str, raw: Json, path: Path) -> Property:
    report = draft.report
    if not isinstance(raw, dict):
        report.refuse("shape", path, f"the input `{name}` must be a map with a `type`", raw)
        return Property(name, Schema(""), required=False)
    for key in raw:
        if key not in KEYS:
            report.refuse("unknown-key", (*path, key), f"`{key}` is no part of an input", key, KEYS)
    definition = parameter(name, raw, path, report)
    check_schema(draft, definition.schema, (*path, "type"))
    return definition


def _value(draft: Draft, definition: Property, given: Mapping[str, Json], path: Path, *, hidden: bool) -> bool:
    """Fills in the input's value. Whether there is one, be it a wrong one, which has been reported."""
    checker = Checker(draft.scope, draft.report, hidden=hidden)
    name = definition.name
    default = definition.default
    fixed = _fixed(draft, name)
    if default is MISSING and fixed is not MISSING:
        default = fixed
    if default is not MISSING and default is not None:
        draft.values[name] = checker.check(default, definition.schema, (*path, "default"))
    said = default is not MISSING and default is not None
    if name in given and given[name] is not None:
        said = True
        value = coerced(given[name], definition.schema)
        if (fault := _unfit(value)) is not None:
            draft.report.refuse(fault[0], path, f"the value of `{name}` {fault[1]}"[:200])
        else:
            draft.values[name] = checker.check(value, definition.schema, path)
    return said


def _unfit(value: Json) -> tuple[str, str] | None:
    """Why no document could hold the value, as a code and words; None if one could."""
    level = [value]
    for _ in range(TEMPLATE.depth + 1):
        if not all(_is_text(part) for part in level if isinstance(part, str)):
            return "not-text", "holds half a character; send it as UTF-8"
        level = [part for whole in level if isinstance(whole, dict | list) for part in _parts(whole)]
    return ("too-deep", f"is nested deeper than {TEMPLATE.depth} levels; flatten it") if level else None


def _parts(whole: dict[str, Json] | list[Json]) -> list[Json]:
    return [*whole, *whole.values()] if isinstance(whole, dict) else whole


def _is_text(text: str) -> bool:
    """Whether it can be written down: JSON can spell half of a character that no encoding has."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _fixed(draft: Draft, name: str) -> Json:
    raw = draft.topology["inputs"][name]
    return raw.get("value", MISSING) if isinstance(raw, dict) else MISSING


def coerced(value: Json, schema: Schema) -> Json:
    """A client's text as the type it stands for; what does not fit is left for the check to refuse."""
    kind = schema.type
    if kind == "string" and isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if not isinstance(value, str):
        return value
    text = value.strip()
    if kind == "integer" and INTEGER.match(text):
        return int(text)
    if kind == "float" and NUMBER.match(text):
        return float(text)
    if kind == "boolean" and text.lower() in BOOLEANS:
        return BOOLEANS[text.lower()]
    if kind not in ("string", "version", "timestamp") and text[:1] in ("[", "{"):
        return _parsed(text)
    return value


def _parsed(text: str) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _is_secret(name: str, definition: Property, raw: Mapping[str, Json]) -> bool:
    metadata = raw.get("metadata")
    said = metadata.get("secret") if isinstance(metadata, dict) else None
    if said is not None:
        return str(said).lower() == "true"
    if definition.schema.type == CREDENTIAL:
        return True
    return definition.schema.type == "string" and names_secret(name)
