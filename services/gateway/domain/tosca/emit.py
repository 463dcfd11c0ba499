"""Values to YAML text: block style, in their own order, quoted wherever a reader could take text for something else."""

import json
import re
from collections.abc import Mapping

from services.gateway.domain.tosca.document import SourceFloat
from services.gateway.domain.tosca.plain import WORDS
from shared.contracts.topology import Json

INDENT = "  "
LONGEST_KEY = 120
SAFE = re.compile(r"[A-Za-z_/](?:[A-Za-z0-9_/.@%+=,()$-]|[: ](?=[A-Za-z0-9_/.@%+=,()$-]))*\Z")
UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
BLOCK_TEXT = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
NOT_IN_BLOCK = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def as_yaml(root: Mapping[str, Json]) -> str:
    """The document as YAML text, without anchors."""
    lines: list[str] = []
    if root:
        _map(root, "", lines)
    else:
        lines.append("{}")
    lines.append("")
    return "\n".join(lines)


def _map(value: Mapping[str, Json], indent: str, lines: list[str]) -> None:
    for key, item in value.items():
        name = _text(key)
        if len(name) > LONGEST_KEY:
            lines.append(f"{indent}? {name}")
            name = ""
        _entry(f"{indent}{name}:", item, indent, lines)


def _list(value: list[Json], indent: str, lines: list[str]) -> None:
    for item in value:
        if item and isinstance(item, dict | list):
            start = len(lines)
            if isinstance(item, dict):
                _map(item, indent + INDENT, lines)
            else:
                _list(item, indent + INDENT, lines)
            lines[start] = f"{indent}- {lines[start][len(indent) + len(INDENT) :]}"
        else:
            _entry(f"{indent}-", item, indent, lines)


def _entry(head: str, item: Json, indent: str, lines: list[str]) -> None:
    """One value behind its key or dash, on the same line if it fits there."""
    if isinstance(item, dict) and item:
        lines.append(head)
        _map(item, indent + INDENT, lines)
    elif isinstance(item, list) and item:
        lines.append(head)
        _list(item, indent + INDENT, lines)
    elif isinstance(item, str) and "\n" in item and _fits_a_block(item):
        _block(head, item, indent + INDENT, lines)
    else:
        lines.append(f"{head} {_scalar(item)}")


def _fits_a_block(text: str) -> bool:
    return BLOCK_TEXT.match(text) is not None and NOT_IN_BLOCK.search(text) is None


def _block(head: str, text: str, indent: str, lines: list[str]) -> None:
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    lines.append(f"{head} |{'-' if ends == 0 else '' if ends == 1 else '+'}")
    lines.extend(indent + line if line else "" for line in body.split("\n"))
    lines.extend("" for _ in range(ends - 1))


def _scalar(value: Json) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    return str(value) if isinstance(value, int) else "{}" if isinstance(value, dict) else "[]"


def _number(value: float) -> str:
    if isinstance(value, SourceFloat):
        return value.text
    mantissa, e, exponent = repr(value).partition("e")
    return mantissa if not e else f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}"


def _text(text: str) -> str:
    if SAFE.match(text) and text not in WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
