"""Which port each part listens on: the usual one, the one it had before, or a free one."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

HOST = "127.0.0.1"

USUAL = {
    "gateway": 8080,
    "ranker": 8081,
    "slam": 8082,
    "cmdb": 8083,
    "monitoring": 8084,
    "deployer-saga": 8085,
    "deployer-im": 8086,
    "deployer-simulated": 8087,
    "issuer": 8090,
    "simulated": 8091,
    "im": 8800,
    "kafka": 9092,
    "kafka-controller": 9093,
    "postgres": 5432,
}


class Ports:
    """Remembers what it gave out in `file`, so that addresses survive a restart when they can.

    With `usual=False` every port is a free one from the start, for tests that run side by side.
    """

    def __init__(self, file: Path, say: Callable[[str], None], *, usual: bool = True) -> None:
        self._file = file
        self._say = say
        self._usual = usual
        self._before: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
        self._given: dict[str, int] = {}

    def of(self, name: str) -> int:
        """The port of this part, the same for every call. Says so when the wanted one is taken."""
        if name not in self._given:
            self._given[name] = self._choose(name)
            self._file.write_text(json.dumps(self._before | self._given, indent=2))
        return self._given[name]

    def _choose(self, name: str) -> int:
        wanted = self._before.get(name) or (USUAL.get(name) if self._usual else None)
        if wanted is not None and wanted not in self._given.values():
            if is_free(wanted):
                return wanted
            port = self._any()
            self._say(f"port {wanted} of {name} is taken on this machine; {name} gets {port}")
            return port
        return self._any()

    def _any(self) -> int:
        while (port := _free_port()) in self._given.values():
            pass
        return port


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
