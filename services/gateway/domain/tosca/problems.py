"""What is wrong with a template, said so that its author can mend it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from services.gateway.domain.tosca.document import Document
from shared.contracts.topology import Json, Path, TopologyKind

MOST_PROBLEMS = 50
MOST_ALLOWED = 40
MOST_FOUND = 80
MOST_COMPARED = 1000
NORMATIVE = "tosca:"
FAMILY = re.compile(r"tosca\.[a-z]+\.")
"""What stands before the short name of a type."""


class Mode(StrEnum):
    """How the letter of the standard is held: to it, or to what the field's services take."""

    LENIENT = "lenient"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. Lines and columns count from 1; a position of 0 means the place is not in the text."""

    code: str
    path: Path
    line: int
    column: int
    found: str
    allowed: tuple[str, ...]
    nearest: str | None
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message} [{self.code}]"


class TemplateRefused(Exception):
    """The template cannot be compiled; `problems` holds everything found, at most 50 of them.

    `warnings` are what would have been said of it anyway, `kind` is what it would describe, where that can be told.
    """

    def __init__(
        self, problems: tuple[Problem, ...], warnings: tuple[Problem, ...] = (), kind: TopologyKind | None = None
    ) -> None:
        super().__init__("; ".join(str(problem) for problem in problems[:3]))
        self.problems = problems
        self.warnings = warnings
        self.kind = kind


class Full(Exception):
    """So many problems were found that looking for more helps nobody."""


class Report:
    """Collects the findings of one compilation, each with its place in the document; while `quiet`, it drops them."""

    def __init__(self, document: Document, mode: Mode = Mode.LENIENT) -> None:
        self.document = document
        self.mode = mode
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.quiet = False
        self._seen: set[tuple[str, Path, str]] = set()
        self._compared = 0

    def refuse(self, code: str, path: Path, message: str, found: Json = "", allowed: Iterable[str] = ()) -> None:
        """A problem in every mode."""
        self._add(self.problems, (code, path, message), found, allowed)
        if len(self.problems) >= MOST_PROBLEMS:
            raise Full

    def tolerate(self, code: str, path: Path, message: str, found: Json = "", allowed: Iterable[str] = ()) -> None:
        """A warning where the field's services accept it, a problem by the letter."""
        if self.mode is Mode.STRICT:
            self.refuse(code, path, message, found, allowed)
        else:
            self.warn(code, path, message, found)

    def warn(self, code: str, path: Path, message: str, found: Json = "") -> None:
        """Worth saying, in every mode no reason to refuse."""
        if len(self.warnings) < MOST_PROBLEMS:
            self._add(self.warnings, (code, path, message), found, ())

    def raise_if_any(self) -> None:
        """Ends the compilation if there is a problem."""
        if self.problems:
            raise TemplateRefused(tuple(self.problems))

    def _problem(self, code: str, path: Path, message: str, found: Json, allowed: Iterable[str]) -> Problem:
        line, column = self.document.position(path)
        names = sorted({str(name) for name in allowed})
        shown = shorten(found)
        nearest = self._nearest(shown, names)
        if nearest is not None:
            message = f"{message}; did you mean `{nearest}`?"
        elif names:
            more = ", …" if len(names) > MOST_ALLOWED else ""
            message = f"{message}; use one of: {', '.join(names[:MOST_ALLOWED])}{more}"
        return Problem(code, path, line, column, shown, tuple(names[:MOST_ALLOWED]), nearest, message)

    def _nearest(self, shown: str, names: list[str]) -> str | None:
        """The name most like what was found; looked for a few times only, for it is the costly part of a refusal.

        What was written short (`Comput`, `tosca:Comput`) is answered short.
        """
        if not names or not shown or self._compared > MOST_COMPARED:
            return None
        self._compared += len(names)
        if shown.startswith("tosca."):
            return _most_like(shown, names)
        prefix = NORMATIVE if shown.startswith(NORMATIVE) else ""
        found = _most_like(shown.removeprefix(prefix), [FAMILY.sub("", name) for name in names])
        return None if found is None else prefix + found

    def _add(self, findings: list[Problem], said: tuple[str, Path, str], found: Json, allowed: Iterable[str]) -> None:
        if said not in self._seen and not self.quiet:
            self._seen.add(said)
            findings.append(self._problem(*said, found, allowed))


def _most_like(shown: str, names: list[str]) -> str | None:
    return next(iter(get_close_matches(shown, names, n=1, cutoff=0.6)), None)


def place(path: Path) -> str:
    """A path as people write it: `node_templates.vm.requirements[0]`."""
    text = ""
    for part in path[1:] if len(path) > 1 and path[0] == "topology_template" else path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the template"


def shorten(value: Json) -> str:
    """A value as a few characters of text, never more than a line."""
    text = value if isinstance(value, str) else f"{value}" if not isinstance(value, dict | list) else _kind(value)
    text = " ".join(text.split())
    return text if len(text) <= MOST_FOUND else text[: MOST_FOUND - 1] + "…"


def _kind(value: Json) -> str:
    return "a map" if isinstance(value, dict) else "a list"
