"""A process that plays one part in a bench: it warms up, waits for its cue, runs, and tells how it went.

It says `ready`, is told `go`, and answers with one line of JSON. So its CPU and the database's are measured from cue to
answer, without start-up and warm-up, by whoever gave the cue.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from benchmarks.cpu import Meter
from benchmarks.measured import Run, Told

READY, GO = "ready", "go"
_LAST_WORDS = 1500


class Failed(Exception):
    """The player ended without telling how it went; the text ends with what it said last."""


class Player:
    """Runs a player's process for the length of a `with`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """`environment` is added to ours; secrets go there, not on the command line. What it mutters goes to `log`."""
        self._command = command
        self._environment = dict(os.environ) | dict(environment)
        self._log = log

    def __enter__(self) -> Self:
        """Start it."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as sink:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                text=True,
                env=self._environment,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it, if it has not ended."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def play(self, system: str, in_flight: int, others: Mapping[str, int], *, counted: str | None) -> Run:
        """Give the cue once it is ready. `others` are processes to measure; so is it, under the name `counted`."""
        self._await(READY)
        meter = Meter(dict(others) | ({counted: self._process.pid} if counted else {}))
        self._say(GO)
        told = Told.model_validate_json(self._await("{"))
        return Run(system=system, in_flight=in_flight, told=told, cpu_ms=meter.per_piece(told.sagas))

    def _await(self, beginning: str) -> str:
        for line in self._pipe(self._process.stdout):
            if line.startswith(beginning):
                return line
        status = self._process.wait()
        last_words = self._log.read_text(errors="replace")[-_LAST_WORDS:]
        raise Failed(f"{' '.join(self._command[:4])} … ended with status {status}:\n{last_words}")

    def _say(self, word: str) -> None:
        pipe = self._pipe(self._process.stdin)
        pipe.write(f"{word}\n")
        pipe.flush()

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        if pipe is None:
            raise Failed("the player's pipes are closed")
        return pipe


def perform(run: Callable[[], Told]) -> None:
    """The player's own side of it: everything is warm."""
    print(READY, flush=True)
    if sys.stdin.readline().strip() == GO:
        print(run().model_dump_json(), flush=True)
