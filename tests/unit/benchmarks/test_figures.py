"""What a bench writes down."""

import json
import os
from pathlib import Path

import psutil
import pytest

from benchmarks.cpu import Meter, spent
from benchmarks.measured import Run, Told, collect, percentile
from benchmarks.saga.bench import figures, verdict


def a_run(system: str, in_flight: int, per_second: float, **cpu_ms: float) -> Run:
    told = Told(sagas=100, compensated=10, seconds=100 / per_second, p50_ms=50, p99_ms=90)
    return Run(system=system, in_flight=in_flight, told=told, cpu_ms=cpu_ms)


ALL = (
    a_run("Corale", 1, 10, gateway=20, kafka=10),
    a_run("Corale", 16, 50, gateway=4, kafka=2),
    a_run("Corale", 200, 600, gateway=2, kafka=1),
    a_run("DBOS", 16, 60, dbos=20, postgres=10),
    a_run("Flowable", 200, 120, flowable=8, postgres=4),
)


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(value) for value in range(100, 0, -1)]

    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.99) == 99
    assert percentile([7.0], 0.99) == 7
    assert percentile([1.0, 9.0], 0.99) == 9


def test_every_figure_has_its_name() -> None:
    found = figures(ALL)

    assert {f"saga.{what}_{load}" for what in ("per_second", "p50_ms", "p99_ms") for load in (1, 16, 200)} <= set(found)
    assert found["dbos.per_second_16"] == pytest.approx(60)
    assert found["flowable.per_second_200"] == pytest.approx(120)
    assert found["saga.ratio_to_dbos"] == pytest.approx(10)
    assert found["saga.ratio_to_flowable"] == pytest.approx(5)


def test_the_cost_of_a_saga_is_that_of_all_processes_under_full_load() -> None:
    found = figures(ALL)

    assert found["saga.cpu_ms"] == 3
    assert found["saga.cpu_ms_kafka"] == 1


def test_without_peers_there_are_no_ratios() -> None:
    found = figures(run for run in ALL if run.system == "Corale")

    assert not [name for name in found if "ratio" in name]
    assert len(list(verdict(found))) == 1


def test_figures_of_other_benches_stay(tmp_path: Path) -> None:
    file = tmp_path / "build" / "bench.json"

    collect(file, {"rank.ms": 12.3456, "saga.cpu_ms": 9})
    collect(file, {"saga.cpu_ms": 3.14159})

    assert json.loads(file.read_text()) == {"rank.ms": 12.35, "saga.cpu_ms": 3.142}


def test_cpu_is_counted_from_the_beginning_of_the_interval() -> None:
    before = spent(os.getpid())
    meter = Meter({"us": os.getpid()})
    while spent(os.getpid()) - before < 0.05:
        sum(range(10_000))

    assert 0.02 <= meter.per_piece(1)["us"] / 1000 <= spent(os.getpid())


def test_a_process_that_has_ended_cannot_be_measured() -> None:
    with pytest.raises(psutil.NoSuchProcess):
        spent(2**22 + 1)
