"""The running parts of one system: who they are, where they answer, in what order they stop."""

import fcntl
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import IO, Self
from urllib.parse import urlsplit

from embedded import addresses
from embedded.addresses import Addresses
from embedded.places import Places
from embedded.processes import Command, Process, end_recorded
from embedded.services import SERVICES

_LAST = ("kafka", "postgres")
_BEFORE = ("simulated", "im", "issuer")


class AlreadyRunning(Exception):
    """Another process runs a system on the same state."""


class Parts:
    """Holds the state folder for itself alone; leaving the context stops all that was started and gives it back.

    `say` hears what a person may want to know.
    """

    def __init__(self, places: Places, say: Callable[[str], None]) -> None:
        self.places = places
        self.processes: dict[str, Process] = {}
        self.urls: dict[str, str] = {}
        self._say = say
        places.make()
        self._held = _hold(places)
        for name in end_recorded(places):
            say(f"stopped {name}, which an earlier run had left behind")

    def __enter__(self) -> Self:
        """Nothing is started yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything."""
        self.stop()

    def wait_ready(self, *names: str, timeout: float = 60.0) -> None:
        """Wait until these parts (none named: all) do their work. Raises `NotReady`; `timeout` in seconds each."""
        for name in names or tuple(self.processes):
            self.processes[name].wait_ready(timeout)

    def kill(self, name: str) -> None:
        """`kill -9` of a part and what it started. It stays dead until `start`, or until a supervisor sees it."""
        self.processes[name].kill()

    def start(self, name: str) -> None:
        """Start a part again as it was."""
        self.processes[name].start()
        self.write_addresses()

    def stop(self) -> None:
        """Stop everything: the services, then what they call, then Kafka and PostgreSQL. The state stays."""
        before, last = (self._of(_BEFORE), self._of(_LAST))
        first = [process for process in self.processes.values() if process not in (*before, *last)]
        for group in (first, before, last):
            with ThreadPoolExecutor(max_workers=max(len(group), 1)) as pool:
                list(pool.map(Process.stop, group))
        self.places.addresses.unlink(missing_ok=True)
        self._held.close()

    def stop_one(self, name: str) -> None:
        """Stop one part in good order; `start` brings it back."""
        self.processes[name].stop()

    def write_addresses(self, *, started: bool = False) -> Addresses:
        """Say in `embedded.json` where everything is; `started` once start-up is over."""
        known = addresses.read(self.places.addresses)
        services = {service.name for service in SERVICES}
        told = Addresses(
            supervisor=os.getpid(),
            started=started or (known is not None and known.supervisor == os.getpid() and known.started),
            gateway=self.urls.get("gateway"),
            issuer=self.urls.get("issuer"),
            im=self.urls.get("im"),
            simulated=self.urls.get("simulated"),
            kafka=self.urls.get("kafka"),
            postgres=_without_password(self.urls.get("postgres")),
            services={name: url for name, url in self.urls.items() if name.rstrip("-0123456789") in services},
            pids={name: process.pid for name, process in self.processes.items() if process.pid is not None},
        )
        addresses.write(self.places.addresses, told)
        return told

    def begin(self, name: str, command: Command, ready: Callable[[], bool], url: str) -> str:
        """Start a part that is not one yet, under this name and address; returns the address."""
        if name not in self.processes:
            self.processes[name] = Process(name, command, ready, self.places)
            self.urls[name] = url
            self.start(name)
        return url

    def _of(self, names: tuple[str, ...]) -> list[Process]:
        return [self.processes[name] for name in names if name in self.processes]


def is_held(places: Places) -> bool:
    """Whether a system runs on this state."""
    if not (places.var / "lock").exists():
        return False
    try:
        _hold(places).close()
    except AlreadyRunning:
        return True
    return False


def _hold(places: Places) -> IO[str]:
    lock = (places.var / "lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise AlreadyRunning(f"a system runs on {places.var} already") from None
    return lock


def _without_password(url: str | None) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
