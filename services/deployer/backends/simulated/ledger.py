"""The ledger: what exists in the simulated cloud and what was ever created, one JSON object a line, never rewritten.

Every line has `event`, `time` (ISO 8601, UTC) and, but for `scripted`, `site` and `tag`:

- `created`: a stack (`stack`) now exists; the line carries all that becomes of it, and the `fault` that struck it
- `refused`: nothing was created
- `changed`: the stack is now as the line says: other machines, or some of them stopped
- `deleted`: the stack exists no more, because somebody asked
- `forgotten`: the stack exists no more, because the script says that the cloud loses it
- `scripted`: the script of faults from here on

So `created` without a later `deleted` or `forgotten` of the same `stack` is what stands, and two of those with one tag
are a duplicate. A line is on the disk before the request that caused it is answered.
"""

import fcntl
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from shared.contracts.topology import Json

Entry = dict[str, Json]
STATES = ("created", "changed")
ENDINGS = ("deleted", "forgotten")


class Ledger(Protocol):
    """Where the world writes what happens; nothing is ever taken back."""

    def read(self) -> list[Entry]:
        """All entries so far."""
        ...

    def append(self, entry: Entry) -> None:
        """Write one entry; it outlives whatever comes next."""
        ...


class LedgerTaken(RuntimeError):
    """Another process writes to this ledger."""


class FileLedger:
    """A ledger in a file, written by one process at a time. A torn last line was never answered: it is dropped."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise LedgerTaken(f"The ledger {path} is being written by another process.") from None
        self._drop_torn_line()

    def read(self) -> list[Entry]:
        self._file.seek(0)
        return [json.loads(line) for line in self._file]

    def append(self, entry: Entry) -> None:
        self._file.write(json.dumps(entry, separators=(",", ":")).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let another process write."""
        self._file.close()

    def _drop_torn_line(self) -> None:
        self._file.seek(0)
        whole = self._file.read().rfind(b"\n") + 1
        self._file.truncate(whole)


class MemoryLedger:
    """A ledger for tests that touch no file."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def read(self) -> list[Entry]:
        return list(self._entries)

    def append(self, entry: Entry) -> None:
        self._entries.append(entry)


def standing(entries: Iterable[Entry]) -> dict[str, Entry]:
    """The last entry that says what it is, of everything that stands, by stack."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry["event"] in STATES:
            found[entry["stack"]] = entry
        elif entry["event"] in ENDINGS:
            found.pop(entry["stack"], None)
    return found
