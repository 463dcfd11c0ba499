"""The system that is measured, on free ports and state of its own."""

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.measured import Run
from benchmarks.player import Player
from embedded.keys import Keys
from embedded.places import Places, places
from embedded.system import System
from embedded.tokens import Wanted, mint

FEDERATION = Path(__file__).parent / "federation"
SERVICES = ("cmdb", "slam", "monitoring", "ranker", "deployer-saga", "deployer-simulated", "gateway")
_SETTINGS: Mapping[str, Mapping[str, str]] = {
    "deployer-simulated": {"DEPLOYER_BACKEND__MODE": "instant"},
    # The site that fails sometimes must stay first however often it fails: a tenth is compensated, at all peers alike.
    "ranker": {"RANKER_WEIGHTS__FAILURE": "0"},
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A running system."""

    system: System

    def processes(self) -> dict[str, int]:
        """Every process that takes part, by name."""
        return {name: self._pid(name) for name in (*SERVICES, "kafka", "postgres")}

    def ask(self, log: Path, *, sagas: int, in_flight: int) -> Run:
        """Run so many sagas, so many in flight."""
        urls = self.system.urls
        options = ["--gateway", urls["gateway"], "--kafka", urls["kafka"]]
        options += ["--sagas", str(sagas), "--in-flight", str(in_flight)]
        key = Keys(self.system.issuer_keys).issuer()
        token = mint(urls["issuer"], key, Wanted("alice", ("users",)))
        with Player([sys.executable, "-m", "benchmarks.saga.asker", *options], {"ASKER_TOKEN": token}, log) as player:
            return player.play("Corale", in_flight, self.processes(), counted=None)

    def leave_postgres_alone(self) -> tuple[str, int]:
        """Stop all but PostgreSQL; its URL and its process, for the peers."""
        for name in (*SERVICES, "kafka", "issuer"):
            self.system.stop_one(name)
        return self.system.urls["postgres"], self._pid("postgres")

    def memory(self) -> dict[str, float]:
        """MiB that each process holds now."""
        return {name: psutil.Process(pid).memory_info().rss / 2**20 for name, pid in self.processes().items()}

    def _pid(self, name: str) -> int:
        pid = self.system.processes[name].pid
        if pid is None:
            raise RuntimeError(f"{name} has ended; see {self.system.processes[name].log}")
        return pid


@contextmanager
def raised(say: Callable[[str], None]) -> Iterator[Stage]:
    """Everything started and ready; stopped and removed in the end."""
    usual = places()
    ours = Places(var=usual.var / "bench", cache=usual.cache)
    _clear(ours)
    with System(ours, usual_ports=False, durable=True, federation=FEDERATION, say=say) as system:
        system.postgres()
        system.kafka()
        system.issuer()
        system.wait_ready()
        for name in SERVICES:
            system.service(name, settings=_SETTINGS.get(name))
        system.wait_ready()
        yield Stage(system)
    _clear(ours)


def _clear(ours: Places) -> None:
    for folder in (ours.outside(ours.var / "postgres").parent, ours.var):
        shutil.rmtree(folder, ignore_errors=True)
