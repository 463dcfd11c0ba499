"""A folder of YAML files, one entry each: read as it is now, and followed as it changes."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from logging import getLogger
from pathlib import Path
from typing import Generic, TypeVar

from sqlalchemy.exc import DBAPIError
from watchfiles import awatch

from shared.messaging.database import is_passing
from shared.runtime.yaml_files.reading import M, Misread, Problem, read_yaml
from shared.runtime.yaml_files.standing import Look

log = getLogger(__name__)
K = TypeVar("K", bound=str)
F = TypeVar("F")
RETRY = 1.0
DEBOUNCE_MS, STEP_MS = 400, 100


@dataclass(frozen=True)
class Reading(Look, Generic[M]):
    """What a folder says now: entries by file name without `.yaml`; `None` for one that is there and cannot be read."""

    entries: Mapping[str, M | None]

    def facts(self, name: Callable[[str], K], fact: Callable[[K, M], F]) -> dict[K, F | None]:
        """What the entries state, each under its own kind of name; what cannot be read stays `None`."""
        named = ((name(file), entry) for file, entry in self.entries.items())
        return {key: None if entry is None else fact(key, entry) for key, entry in named}


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
            return Reading({}, problems=(Problem(self._folder.name, 0, sentence),), there=False)
        found = {file.name: self._entry(file) for file in files if file.suffix == ".yaml" and file.name[0] != "."}
        self._seen = {name: entry for name, entry in found.items() if entry is not None}
        outcomes = {name.removesuffix(".yaml"): outcome for name, (_, outcome) in self._seen.items()}
        entries = {name: None if isinstance(outcome, Misread) else outcome for name, outcome in outcomes.items()}
        problems = [
            problem for outcome in outcomes.values() if isinstance(outcome, Misread) for problem in outcome.problems
        ]
        return Reading(entries, problems=tuple(problems))

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
    timeout = max(STEP_MS, round(poll.total_seconds() * 1000))
    while True:
        with contextlib.suppress(OSError):
            watched = _identity(folder)
            async for _ in awatch(
                folder, debounce=DEBOUNCE_MS, step=STEP_MS, rust_timeout=timeout, yield_on_timeout=True
            ):
                changed.set()
                if _identity(folder) != watched:
                    break
        changed.set()
        await asyncio.sleep(RETRY)


def _identity(folder: Path) -> tuple[int, int]:
    state = folder.stat()
    return state.st_dev, state.st_ino


async def _taken(take: Callable[[], Awaitable[None]]) -> bool:
    try:
        await take()
    except (DBAPIError, OSError) as problem:
        if not is_passing(problem):
            raise
        log.warning("the folder was read, but cannot be kept now: %s", type(problem).__name__)
        return False
    return True
