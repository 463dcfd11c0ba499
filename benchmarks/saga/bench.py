"""Runs all three, prints the table and the ratios, and writes the figures."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from benchmarks.measured import Run, collect
from benchmarks.peers.race import run_dbos, run_flowable
from benchmarks.saga.stage import raised

SAGAS: Mapping[int, int] = {1: 200, 16: 1000, 200: 4000}
"""How many sagas at how many in flight."""
DBOS_SAGAS, DBOS_THREADS = 1000, 16
FLOWABLE_SAGAS, FLOWABLE_IN_FLIGHT = 2000, 200
_OURS_ONLY = ("KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL")
_LEAST = 20


def bench(build: Path, scale: float, say: Callable[[str], None], *, peers: bool) -> dict[str, float]:
    """The figures. `scale` shortens all runs alike."""
    for variable in _OURS_ONLY:
        os.environ.pop(variable, None)
    runs: list[Run] = []

    def done(run: Run) -> None:
        runs.append(run)
        say(_line(run))

    with raised(say) as stage:
        for in_flight, sagas in SAGAS.items():
            done(stage.ask(build / "asker.log", sagas=_scaled(sagas, scale), in_flight=in_flight))
        memory = ", ".join(f"{name} {size:.0f}" for name, size in stage.memory().items())
        server, postgres = stage.leave_postgres_alone()
        if peers:
            done(run_dbos(server, postgres, build, sagas=_scaled(DBOS_SAGAS, scale), threads=DBOS_THREADS))
            done(
                run_flowable(
                    server, postgres, build, sagas=_scaled(FLOWABLE_SAGAS, scale), in_flight=FLOWABLE_IN_FLIGHT
                )
            )
    say(f"memory afterwards, MiB: {memory}")
    found = figures(runs)
    collect(build / "bench.json", found)
    return found


def figures(runs: Iterable[Run]) -> dict[str, float]:
    """The flat map of names to numbers."""
    found: dict[str, float] = {}
    for run in runs:
        match run.system:
            case "Corale":
                found[f"saga.per_second_{run.in_flight}"] = run.per_second
                found[f"saga.p50_ms_{run.in_flight}"] = run.told.p50_ms
                found[f"saga.p99_ms_{run.in_flight}"] = run.told.p99_ms
                found["saga.cpu_ms"] = run.whole_cpu_ms
                found |= {f"saga.cpu_ms_{name}": cost for name, cost in run.cpu_ms.items()}
            case peer:
                found[f"{peer.lower()}.per_second_{run.in_flight}"] = run.per_second
                found[f"{peer.lower()}.cpu_ms"] = run.whole_cpu_ms
    ours = found.get(f"saga.per_second_{max(SAGAS)}")
    for peer, name in (
        ("dbos", f"dbos.per_second_{DBOS_THREADS}"),
        ("flowable", f"flowable.per_second_{FLOWABLE_IN_FLIGHT}"),
    ):
        if ours is not None and name in found:
            found[f"saga.ratio_to_{peer}"] = ours / found[name]
    return found


def verdict(found: Mapping[str, float]) -> Iterator[str]:
    """Ratios and targets, for people."""
    for peer, target in (("dbos", 3.0), ("flowable", 1.5)):
        if (ratio := found.get(f"saga.ratio_to_{peer}")) is not None:
            cost = found[f"{peer}.cpu_ms"] / found["saga.cpu_ms"]
            yield f"{ratio:6.1f} x {peer} (first target {target} x), at 1/{cost:.1f} of its CPU per saga"
    yield f"{found['saga.p50_ms_1']:6.0f} ms POST to completed at 1 in flight, p50 (first target 100 ms)"


def _scaled(sagas: int, scale: float) -> int:
    return max(_LEAST, int(sagas * scale))


def _line(run: Run) -> str:
    told = run.told
    parts = ", ".join(f"{name} {cost:.2f}" for name, cost in sorted(run.cpu_ms.items(), key=lambda part: -part[1]))
    return (
        f"{run.system:<9} {run.in_flight:>4} in flight {told.sagas:>6} sagas {run.per_second:8.1f}/s"
        f"  p50 {told.p50_ms:7.1f} ms  p99 {told.p99_ms:7.1f} ms  {told.compensated / told.sagas:4.0%} compensated"
        f"  CPU {run.whole_cpu_ms:6.2f} ms a saga ({parts})"
    )
