"""Templates and inputs as files, for checking them on an author's own machine."""

import json
import posixpath
from pathlib import Path
from urllib.parse import urljoin

from services.gateway.adapters.catalogues import files_beside
from services.gateway.domain.tosca import Limits, Problem, TemplateRefused
from services.gateway.domain.tosca.catalogues import import_name
from services.gateway.domain.tosca.reader import CATALOGUE, TEMPLATE, read
from shared.contracts.topology import Json
from shared.failures import NeedsPerson, Permanent


def read_template(path: Path, limits: Limits = TEMPLATE) -> str:
    """The text of a template.

    Raises Permanent with a sentence if there is none, TemplateRefused if it is no text or larger than the limits.
    """
    try:
        with path.open("rb") as file:
            content = file.read(limits.size + 1)
    except OSError as error:
        raise Permanent(f"the file cannot be read: {error.strerror}") from error
    if len(content) > limits.size:
        raise _no_text(f"the file has more than {limits.size} bytes; make it smaller", b"")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        sentence = f"the file is not UTF-8 (byte {error.start}); save it as UTF-8"
        raise _no_text(sentence, content[: error.start]) from error


def read_inputs(path: Path) -> dict[str, Json]:
    """Values by input, from a map in JSON or YAML. Raises NeedsPerson if the file holds none."""
    try:
        text = read_template(path, CATALOGUE)
        found = _json_or_yaml(text)
    except Permanent as problem:
        raise NeedsPerson(f"{path}: {problem}") from problem
    except TemplateRefused as refused:
        raise NeedsPerson(f"{path}: {refused}") from refused
    if not isinstance(found, dict):
        raise NeedsPerson(f"{path} must be a map of inputs to their values")
    return found


def imported_beside(template: Path, text: str) -> dict[str, str]:
    """The files beside and below a template that it imports, or they import in turn, by the names they are called.

    Nothing outside the template's folder is ever among them. Raises Permanent naming the file that cannot be read.
    """
    there = files_beside(template)
    found: dict[str, str] = {}
    wanted = _imports(template.name, text)
    for name in wanted:  # grows while it is walked
        path = there.get(posixpath.normpath(name))
        if path is not None and name not in found:
            found[name] = _companion(name, path)
            wanted += [urljoin(name, other) for other in _imports(name, found[name])]
    return found


def _no_text(sentence: str, before: bytes) -> TemplateRefused:
    line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
    return TemplateRefused((Problem("unreadable", (), line, column, "", (), None, sentence),))


def _companion(name: str, path: Path) -> str:
    try:
        return read_template(path, CATALOGUE)
    except (Permanent, TemplateRefused) as problem:
        raise Permanent(f"`{name}` cannot be imported: {problem}") from problem


def _json_or_yaml(text: str) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return read(text, CATALOGUE).root


def _imports(name: str, text: str) -> list[str]:
    try:
        root = read(text, CATALOGUE).root
    except TemplateRefused as refused:
        raise Permanent(f"`{name}` cannot be imported: {refused}") from refused
    raw = root.get("imports") if isinstance(root, dict) else None
    entries = raw if isinstance(raw, list) else [raw]
    return [named for named, _ in map(import_name, entries) if named is not None]
