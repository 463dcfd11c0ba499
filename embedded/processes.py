"""One process of the system: started, watched, stopped, killed; its pid on record in case we die first."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from embedded.places import ROOT, Account, Places

PATIENCE = 10.0
"""Seconds that a process gets to stop by itself."""


class NotReady(Exception):
    """A part did not come up in time or died on the way; the text ends with the last lines of its log."""


@dataclass(frozen=True, slots=True)
class Command:
    """How to start a process. `environment` is added to ours."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    folder: Path = ROOT
    account: Account | None = None
    stop_with: signal.Signals = signal.SIGTERM


class Process:
    """A part of the system that is one process (with its children), in a session of its own."""

    def __init__(self, name: str, command: Command, ready: Callable[[], bool], places: Places) -> None:
        self.name = name
        self.command = command
        self.wanted = False
        self._ready = ready
        self.log = places.logs / f"{name}.log"
        self._record = places.records / f"{name}.json"
        self._running: subprocess.Popen[bytes] | None = None
        self._changing = threading.RLock()

    @property
    def pid(self) -> int | None:
        """The process id while it lives."""
        return self._running.pid if self._running is not None and self.alive else None

    @property
    def alive(self) -> bool:
        """Whether the process exists and has not ended."""
        return self._running is not None and self._running.poll() is None

    @property
    def exit_status(self) -> int | None:
        """How it ended; a negative number is the signal that ended it."""
        return self._running.poll() if self._running is not None else None

    @property
    def ready(self) -> bool:
        """Whether it does its work; asks it."""
        return self.alive and self._ready()

    def start(self) -> None:
        """Start it if it does not run; returns at once."""
        self.wanted = True
        with self._changing:
            if not self.alive:
                self._spawn()

    def wait_ready(self, timeout: float = 60.0) -> None:
        """Return when it does its work. Raises `NotReady` when it ends before that or the time (seconds) is up."""
        until = time.monotonic() + timeout
        while not self.ready:
            if not self.alive:
                raise NotReady(f"{self.name} ended on its way up{self._last_words()}")
            if time.monotonic() > until:
                raise NotReady(f"{self.name} is not ready after {timeout:.0f} s{self._last_words()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask it to end, wait, and kill what is left."""
        self.wanted = False
        with self._changing:
            if self._running is not None and self.alive:
                family = _family(self._running.pid)
                self._running.send_signal(self.command.stop_with)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._running.wait(PATIENCE)
                _kill_all(family)
                self._running.wait()
            self._record.unlink(missing_ok=True)

    def kill(self) -> None:
        """`kill -9`, children included; returns when nothing of it lives. Whoever watches may start it again."""
        with self._changing:
            if self._running is not None and self.alive:
                family = _family(self._running.pid)
                self._running.kill()
                self._running.wait()
                _kill_all(family)

    def _spawn(self) -> None:
        account = self.command.account
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                self.command.argv,
                env=_environment() | dict(self.command.environment),
                cwd=self.command.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        _write_record(self._record, self._running.pid, self.command.stop_with)

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-15:] if self.log.exists() else []
        return f"; see {self.log}:\n" + "\n".join(lines) if lines else ""


def end_recorded(places: Places) -> list[str]:
    """End whatever an earlier run that was killed has left behind, last started first; returns the names."""
    ended = []
    for record in sorted(places.records.glob("*.json"), key=lambda file: file.stat().st_mtime_ns, reverse=True):
        known = json.loads(record.read_text())
        if _is_same(known["pid"], known["created"]):
            _end(known["pid"], known["stop_with"])
            ended.append(record.stem)
        record.unlink()
    return ended


def _end(pid: int, stop_with: int) -> None:
    family = _family(pid)
    for parent in family[:1]:
        with contextlib.suppress(psutil.NoSuchProcess):
            parent.send_signal(stop_with)
            _wait_gone([parent])
    _kill_all(family)


def _write_record(file: Path, pid: int, stop_with: signal.Signals) -> None:
    try:
        created = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return
    file.write_text(json.dumps({"pid": pid, "created": created, "stop_with": int(stop_with)}))


def _is_same(pid: int, created: float) -> bool:
    try:
        return abs(psutil.Process(pid).create_time() - created) < 1
    except psutil.NoSuchProcess:
        return False


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _kill_all(family: list[psutil.Process]) -> None:
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    _wait_gone(family)


def _wait_gone(family: list[psutil.Process]) -> None:
    """Whose parent has not yet asked how it ended counts as gone: it holds nothing any more."""
    until = time.monotonic() + PATIENCE
    while any(map(_lives, family)) and time.monotonic() < until:
        time.sleep(0.02)


def _lives(member: psutil.Process) -> bool:
    try:
        return member.is_running() and member.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _environment() -> dict[str, str]:
    """Ours, without what would send loopback calls through a proxy."""
    quiet = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost", "PYTHONUNBUFFERED": "1"}
    return dict(os.environ) | quiet
