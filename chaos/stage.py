"""The system under test: real Kafka, a PostgreSQL that waits for the disk, all services, and a cloud full of faults."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from chaos import federation
from chaos.plan import PATIENCE, script
from embedded.keys import Keys
from embedded.places import Places, places
from embedded.system import System
from embedded.tokens import Wanted, mint

SERVICES = ("cmdb", "slam", "monitoring", "ranker", "deployer-saga", "deployer-simulated", "gateway")
GROUNDS = ("kafka", "postgres")
_SETTINGS: Mapping[str, Mapping[str, str]] = {
    "deployer-simulated": {"DEPLOYER_BACKEND__TIMEOUT": str(PATIENCE), "DEPLOYER_POLL": "PT0.5S"},
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A running system."""

    system: System

    @property
    def gateway(self) -> str:
        """Where users go."""
        return self.system.urls["gateway"]

    @property
    def kafka(self) -> str:
        """`host:port`."""
        return self.system.urls["kafka"]

    def token(self) -> str:
        """A user's bearer token, good for an hour."""
        key = Keys(self.system.issuer_keys).issuer()
        return mint(self.system.urls["issuer"], key, Wanted("alice", (federation.GROUP,)))

    def ledger(self) -> list[dict[str, object]]:
        """What the cloud wrote down. A line that is being written is left out."""
        text = self.system.ledger.read_text()
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def fresh_places(name: str) -> Places:
    """Folders of our own; what an earlier run left is removed."""
    usual = places()
    ours = Places(var=usual.var / name, cache=usual.cache)
    clear(ours)
    return ours


def clear(ours: Places) -> None:
    """Remove all state of a system that does not run."""
    for folder in (ours.outside(ours.var / "postgres").parent, ours.var):
        shutil.rmtree(folder, ignore_errors=True)


def build(ours: Places, seed: int, say: Callable[[str], None]) -> System:
    """A system of our own on free ports, with our federation; nothing runs yet."""
    folder = federation.write(ours.var / "federation-written")
    (ours.var / "script.json").write_text(json.dumps(script(seed)))
    return System(ours, usual_ports=False, durable=True, federation=folder, say=say)


def raise_curtain(system: System) -> Stage:
    """Start everything and wait until it works."""
    system.postgres()
    system.kafka()
    system.issuer()
    system.simulated(_script(system))
    system.wait_ready()
    for name in SERVICES:
        system.service(name, settings=_SETTINGS.get(name))
    system.wait_ready()
    return Stage(system)


def _script(system: System) -> Path:
    return system.places.var / "script.json"
