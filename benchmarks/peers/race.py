"""Runs the peers one after the other on a given server and measures them."""

import sys
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.measured import Run
from benchmarks.peers.databases import empty_database
from benchmarks.peers.flowable.build import command
from benchmarks.player import Player


def run_dbos(server: str, postgres: int, build: Path, *, sagas: int, threads: int = 16) -> Run:
    """DBOS with this many threads. `postgres` is the process id of the server; logs go to `build`."""
    with empty_database(server) as database:
        module = [sys.executable, "-m", "benchmarks.peers.dbos_saga"]
        options = ["--sagas", str(sagas), "--threads", str(threads)]
        with Player([*module, *options], {"PEER_DATABASE": database}, build / "dbos.log") as player:
            return player.play("DBOS", threads, {"postgres": postgres}, counted="dbos")


def run_flowable(server: str, postgres: int, build: Path, *, sagas: int, in_flight: int = 200) -> Run:
    """Flowable with this many sagas in flight; it is compiled below `build`."""
    with empty_database(server) as database:
        parts = urlsplit(database)
        given = {
            "PEER_JDBC": f"jdbc:postgresql://{parts.hostname}:{parts.port}{parts.path}",
            "PEER_USER": parts.username or "postgres",
            "PEER_PASSWORD": parts.password or "",
        }
        with Player(command(build / "flowable", sagas, in_flight), given, build / "flowable.log") as player:
            return player.play("Flowable", in_flight, {"postgres": postgres}, counted="flowable")
