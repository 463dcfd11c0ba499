"""Scalars of YAML 1.1 as the field's parsers read them, less its surprises (22:30 stays text, dates stay text)."""

import re

from services.gateway.domain.tosca.document import SourceFloat
from shared.contracts.topology import Json

LONGEST_NUMBER = 100
TAG = "tag:yaml.org,2002:"
WORDS: dict[str, Json] = {
    **dict.fromkeys(("yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}
DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)\Z")
OTHER_BASE = re.compile(r"[-+]?0(?:b[01_]+|x[0-9a-fA-F_]+|[0-7_]+)\Z")
FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)\Z")
NUMERIC = frozenset("0123456789+-.")


class BadScalar(ValueError):
    """A scalar that cannot be read; the text says why and what to do."""


def scalar(text: str, tag: str | None, *, plain: bool) -> Json:
    """The value of a scalar. `plain` is whether it stood without quotes and without a tag."""
    if plain:
        return _plain(text)
    if tag is None or tag in ("!", TAG + "str", TAG + "timestamp", TAG + "binary"):
        return text
    if not tag.startswith(TAG):
        raise BadScalar(f"the tag {tag:.40} is not known here; remove it")
    return _tagged(text, tag.removeprefix(TAG))


def _plain(text: str) -> Json:
    if text in WORDS:
        return WORDS[text]
    if text[0] not in NUMERIC:
        return text
    if len(text) > LONGEST_NUMBER and text.strip("+-0123456789_") == "":
        raise BadScalar(f"a number of {len(text)} digits; quote it if it is text")
    if DECIMAL.match(text):
        return int(text.replace("_", ""))
    if FLOAT.match(text):
        return SourceFloat(text)
    if not OTHER_BASE.match(text):
        return text
    if len(text) > LONGEST_NUMBER:
        raise BadScalar(f"a number of {len(text)} digits; quote it if it is text")
    return _other_base(text)


def _other_base(text: str) -> Json:
    digits = text.replace("_", "")
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    base = {"b": 2, "x": 16}.get(digits[1:2], 8)
    digits = digits[1:] if base == 8 else digits[2:]  # noqa: PLR2004 -- octal has one character before its digits
    return sign * int(digits or "0", base)


def _tagged(text: str, name: str) -> Json:
    value = _plain(text) if text else None
    due: dict[str, tuple[type, ...]] = {"int": (int,), "float": (float, int), "bool": (bool,), "null": (type(None),)}
    if not isinstance(value, due.get(name, ())):
        raise BadScalar(f"`{text:.40}` is not what its tag !!{name:.20} promises; remove the tag")
    return value
