"""The saga on DBOS, many threads in one process: `python -m benchmarks.peers.dbos_saga --sagas N --threads T`.

The URL of an empty database is in `PEER_DATABASE`. Every step is checkpointed in PostgreSQL by the library.
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import typer
from dbos import DBOS, DBOSConfig

from benchmarks.measured import Told, percentile
from benchmarks.player import perform

COMPENSATED_OF_TEN = 1
WARM_UP = 30


class SiteFailed(Exception):
    """The last step came to nothing."""


@DBOS.step()
def accept(order: int) -> int:
    """Step 1."""
    return order


@DBOS.step()
def rank(order: int) -> int:
    """Step 2."""
    return order


@DBOS.step()
def choose(order: int) -> int:
    """Step 3."""
    return order


@DBOS.step()
def reserve(order: int) -> int:
    """Step 4."""
    return order


@DBOS.step()
def create(order: int) -> int:
    """Step 5."""
    return order


@DBOS.step()
def configure(order: int, *, fails: bool) -> int:
    """Step 6, where a share of the sagas fail."""
    if fails:
        raise SiteFailed
    return order


@DBOS.step()
def undo(order: int) -> int:
    """The compensation."""
    return -order


@DBOS.workflow()
def saga(order: int, *, fails: bool) -> bool:
    """All six steps; whether they had to be undone."""
    for step in (accept, rank, choose, reserve, create):
        step(order)
    try:
        configure(order, fails=fails)
    except SiteFailed:
        undo(order)
        return True
    return False


def measure(sagas: int, threads: int) -> Told:
    """Run the sagas and time each one."""
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        ended = list(pool.map(_timed, range(sagas)))
    seconds = time.perf_counter() - began
    latencies = [latency * 1000 for latency, _ in ended]
    return Told(
        sagas=sagas,
        compensated=sum(compensated for _, compensated in ended),
        seconds=seconds,
        p50_ms=percentile(latencies, 0.5),
        p99_ms=percentile(latencies, 0.99),
    )


def _timed(order: int) -> tuple[float, bool]:
    began = time.perf_counter()
    compensated = saga(order, fails=order % 10 < COMPENSATED_OF_TEN)
    return time.perf_counter() - began, compensated


def main(sagas: Annotated[int, typer.Option()] = 1000, threads: Annotated[int, typer.Option()] = 16) -> None:
    """Warm up, wait for the cue, measure."""
    config: DBOSConfig = {
        "name": "saga",
        "system_database_url": os.environ["PEER_DATABASE"].replace("postgresql:", "postgresql+psycopg:"),
        "log_level": "ERROR",
        "sys_db_pool_size": max(20, threads),
        "max_executor_threads": max(8, threads),
    }
    DBOS(config=config)
    DBOS.launch()
    measure(WARM_UP, threads)
    perform(lambda: measure(sagas, threads))
    DBOS.destroy()


if __name__ == "__main__":
    typer.run(main)
