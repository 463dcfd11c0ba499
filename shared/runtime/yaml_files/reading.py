"""One YAML file against one model.

Plain words follow YAML 1.2, where `NO` is a country and not `false`. Nothing is constructed but text, numbers, truth
values, lists and mappings; aliases, tags and second documents are refused.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shared.contracts.topology import Json

M = TypeVar("M", bound=BaseModel)
Place = tuple[str | int, ...]

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
SHOWN = 60
ENTRY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
EMPTY = ("", "~", "null", "Null", "NULL")
TRUTH: Mapping[str, bool] = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a file, where, and what would be right. `line` counts from 1; 0 is the file as a whole."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


class Misread(ValueError):
    """A file cannot be read as what it should be; `problems` has all that is known to be wrong."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def read_yaml(file: Path, kind: type[M], *, name: str) -> M:
    """The file as a `kind`. Raises `Misread` with its problems under this `name`, and `OSError` as it comes."""
    if not ENTRY_NAME.fullmatch(file.stem):
        raise Misread(Problem(name, 0, "a file's name is an id: letters, digits, dot, dash and underscore are allowed"))
    with file.open("rb") as opened:
        raw = opened.read(MAX_BYTES + 1)
    document = _document(raw, name)
    try:
        return kind.model_validate(document.root)
    except ValidationError as wrong:
        found = [_problem(name, document, kind, error) for error in wrong.errors()]
        raise Misread(*sorted(found, key=lambda problem: problem.line)) from None


@dataclass(slots=True)
class _Document:
    root: Json
    lines: dict[Place, int]


class _Builder:
    """Folds parser events into values. An open container is a frame: itself and its place; a mapping may have a key."""

    def __init__(self, name: str) -> None:
        self.document = _Document(None, {(): 1})
        self._name = name
        self._frames: list[tuple[Json, Place]] = []
        self._key: list[str | None] = []
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """One event. Raises `Misread` at whatever may not be there."""
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise Misread(Problem(self._name, line, f"found the alias *{event.anchor:.40}; write the value out"))
        if tag := getattr(event, "tag", None):
            raise Misread(Problem(self._name, line, f"found the tag {tag:.40}; tags are not allowed"))
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise Misread(Problem(self._name, line, "found a second document; one is allowed"))
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._open({} if isinstance(event, yaml.MappingStartEvent) else [], line)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._frames.pop()
            self._key.pop()

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        if self._frames and self._key[-1] is None and isinstance(self._frames[-1][0], dict):
            mapping, place = self._frames[-1]
            if event.value in mapping:
                first = self.document.lines[(*place, event.value)]
                raise Misread(Problem(self._name, line, f"{event.value:.40} stands here again, first in line {first}"))
            self._key[-1] = event.value
            self.document.lines[(*place, event.value)] = line
        else:
            self._put(_plain(event.value) if event.implicit[0] else event.value, line)

    def _open(self, container: Json, line: int) -> None:
        if len(self._frames) >= MAX_DEPTH:
            raise Misread(Problem(self._name, line, f"nested deeper than {MAX_DEPTH} levels"))
        self._frames.append((container, self._put(container, line)))
        self._key.append(None)

    def _put(self, value: Json, line: int) -> Place:
        if not self._frames:
            self.document.root = value
            return ()
        container, place = self._frames[-1]
        step: str | int
        if isinstance(container, list):
            step = len(container)
            container.append(value)
            self.document.lines[(*place, step)] = line
        else:
            key = self._key[-1]
            if key is None:
                raise Misread(Problem(self._name, line, "a key is a list or a mapping; text is allowed"))
            step, self._key[-1] = key, None
            container[key] = value
        return (*place, step)


def _document(raw: bytes, name: str) -> _Document:
    if len(raw) > MAX_BYTES:
        raise Misread(Problem(name, 1, f"the file is larger than {MAX_BYTES // 1024} kB"))
    builder = _Builder(name)
    try:
        for event in yaml.parse(raw.decode("utf-8-sig"), Loader=yaml.CSafeLoader):
            builder.take(event)
    except UnicodeDecodeError as problem:
        line = raw[: problem.start].count(b"\n") + 1
        raise Misread(Problem(name, line, "found bytes that are not UTF-8")) from None
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        raise Misread(Problem(name, mark.line + 1 if mark else 1, f"not YAML: {problem.problem}")) from None
    except yaml.YAMLError:
        raise Misread(Problem(name, 1, "not YAML: a control character is in the file")) from None
    if builder.document.root is None:
        raise Misread(Problem(name, 1, "the file is empty"))
    return builder.document


def _plain(word: str) -> Json:
    if word in EMPTY:
        return None
    if word in TRUTH:
        return TRUTH[word]
    if INTEGER.fullmatch(word):
        return int(word)
    if NUMBER.fullmatch(word) and math.isfinite(number := float(word)):
        return number
    return word


def _problem(name: str, document: _Document, kind: type[BaseModel], error: ErrorDetails) -> Problem:
    place = error["loc"]
    line = next(document.lines[place[:n]] for n in range(len(place), -1, -1) if place[:n] in document.lines)
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".") or "the file"
    says = error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    match error["type"]:
        case "missing":
            sentence = f"{where} is missing"
        case "extra_forbidden":
            sentence = f"{where} is not known; allowed: {', '.join(_fields_at(kind, place[:-1]))}"
        case "value_error":
            sentence = f"{where}: {says}"
        case "string_type":
            sentence = f"{where}: found {_shown(error['input'])}; allowed: text (a number in quotes is text)"
        case _:
            sentence = f"{where}: found {_shown(error['input'])}; allowed: {says}"
    return Problem(name, line, sentence)


def _fields_at(kind: type[BaseModel], place: Place) -> Iterator[str]:
    for step in place:
        field = kind.model_fields.get(str(step))
        kind = next(_models(field.annotation), kind) if field else kind
    yield from kind.model_fields


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _shown(value: Json) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return "nothing" if value is None else repr(value)[:SHOWN]
