"""YAML files that people write: read safely, checked against a model, every problem with its file and line.

Plain words follow YAML 1.2, where `NO` is a country and not `false`. Nothing is constructed but text, numbers, truth
values, lists and mappings; aliases, tags and second documents are refused.
"""

import asyncio
import contextlib
import math
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from logging import getLogger
from pathlib import Path
from typing import Generic, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.exc import DBAPIError
from watchfiles import awatch

from shared.contracts.topology import Json
from shared.messaging.database import is_passing

log = getLogger(__name__)
M = TypeVar("M", bound=BaseModel)
Place = tuple[str | int, ...]

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
RETRY = 1.0
SHOWN = 60
ENTRY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
WORDS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


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


@dataclass(frozen=True)
class Reading(Generic[M]):
    """What a folder says now: entries by file name without `.yaml`; `None` for one that is there and cannot be read.

    `there` is false when the folder itself cannot be listed, which says nothing about its entries.
    """

    entries: Mapping[str, M | None]
    problems: tuple[Problem, ...] = ()
    there: bool = True


class YamlFolder(Generic[M]):
    """A folder of `<entry>.yaml` files of one kind. A file that has not changed is not read again."""

    def __init__(self, folder: Path, kind: type[M]) -> None:
        self._folder = folder
        self._kind = kind
        self._seen: dict[str, tuple[object, M | Misread]] = {}

    def read(self) -> Reading[M]:
        """All entries and all problems. Blocks on the disk; raises nothing."""
        try:
            files = sorted(self._folder.iterdir())
        except OSError as problem:
            sentence = f"the folder cannot be read ({problem.strerror}); what was known stays"
            return Reading({}, (Problem(self._folder.name, 0, sentence),), there=False)
        found = {file.name: self._entry(file) for file in files if file.suffix == ".yaml" and file.name[0] != "."}
        self._seen = {name: entry for name, entry in found.items() if entry is not None}
        outcomes = {name.removesuffix(".yaml"): outcome for name, (_, outcome) in self._seen.items()}
        entries = {name: None if isinstance(outcome, Misread) else outcome for name, outcome in outcomes.items()}
        problems = [problem for outcome in outcomes.values() if isinstance(outcome, Misread) for problem in outcome.problems]
        return Reading(entries, tuple(problems))

    def _entry(self, file: Path) -> tuple[object, M | Misread] | None:
        name = f"{self._folder.name}/{file.name}"
        try:
            state = file.stat()
            mark = (state.st_mtime_ns, state.st_size, state.st_ino)
            known = self._seen.get(file.name)
            if known is not None and known[0] == mark:
                return known
            return mark, read_yaml(file, self._kind, name=name)
        except FileNotFoundError:
            return None
        except OSError as problem:
            return object(), Misread(Problem(name, 0, f"the file cannot be read ({problem.strerror})"))
        except Misread as misread:
            return mark, misread


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
        raise Misread(*(_problem(name, document, kind, error) for error in wrong.errors())) from None


async def follow(folder: Path, take: Callable[[], Awaitable[None]], *, poll: timedelta) -> None:
    """Call `take` now, when something in `folder` changes, and every `poll` at the latest, until cancelled.

    While the database is away, `take` is called again every second. A folder that is replaced is followed all the same.
    """
    changed = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(_watch(folder, changed, poll))
        while True:
            await asyncio.sleep(0)  # the watch stands before the first look, so nothing falls between the two
            changed.clear()
            if not await _taken(take):
                await asyncio.sleep(RETRY)
                continue
            await changed.wait()


async def _watch(folder: Path, changed: asyncio.Event, poll: timedelta) -> None:
    rhythm = {"debounce": 400, "step": 100, "rust_timeout": max(100, round(poll.total_seconds() * 1000))}
    while True:
        with contextlib.suppress(OSError):
            watched = folder.stat()
            async for _ in awatch(folder, yield_on_timeout=True, **rhythm):
                changed.set()
                now = folder.stat()
                if (now.st_dev, now.st_ino) != (watched.st_dev, watched.st_ino):
                    break
        changed.set()
        await asyncio.sleep(RETRY)


async def _taken(take: Callable[[], Awaitable[None]]) -> bool:
    try:
        await take()
    except (DBAPIError, OSError) as problem:
        if not is_passing(problem):
            raise
        log.warning("the folder was read, but cannot be kept now: %s", type(problem).__name__)
        return False
    return True


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
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise Misread(Problem(self._name, line, f"found the alias *{event.anchor:.40}; write the value out"))
        if getattr(event, "tag", None) is not None:
            raise Misread(Problem(self._name, line, f"found the tag {event.tag:.40}; tags are not allowed"))
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
    if word in WORDS:
        return WORDS[word]
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
