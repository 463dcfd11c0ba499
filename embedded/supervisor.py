"""Watches the parts of a system and starts again what dies."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from embedded.parts import Parts
from embedded.processes import Process

_LOOK_SECONDS = 0.2
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 15.0
_GOOD_LIFE = 30.0


@dataclass(slots=True)
class _Life:
    """When a process was last started, and how long to wait before it is started after its next death."""

    since: float
    pause: float = _FIRST_PAUSE
    due: float | None = None


class Supervisor:
    """Restarts whatever should run and does not: soon the first time, later each time it dies young."""

    def __init__(self, parts: Parts, say: Callable[[str], None] = print) -> None:
        self._parts = parts
        self._say = say
        self._lives: dict[str, _Life] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self) -> None:
        """Begin to watch, in a thread."""
        self._thread.start()

    def leave(self) -> None:
        """Stop watching; nothing is restarted after this returns."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Look once at every part."""
        now = time.monotonic()
        for name, process in list(self._parts.processes.items()):
            if process.wanted and not process.alive:
                self._bring_back(name, process, now)

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            self.look()

    def _bring_back(self, name: str, process: Process, now: float) -> None:
        life = self._lives.setdefault(name, _Life(since=now - _GOOD_LIFE))
        if life.due is None:
            lived_well = now - life.since >= _GOOD_LIFE
            life.pause = _FIRST_PAUSE if lived_well else min(life.pause * 2, _LONGEST_PAUSE)
            life.due = now + life.pause
            self._say(f"{name} died ({_how(process.exit_status)}), starting it again in {life.pause:.1f} s")
        if now >= life.due:
            self._parts.start(name)
            self._lives[name] = _Life(since=now, pause=life.pause)


def _how(status: int | None) -> str:
    if status is None:
        return "how is not known"
    return f"signal {-status}" if status < 0 else f"exit status {status}"
