"""A small crash test; `make chaos` runs the large one, and repeats any with its seed."""

from pathlib import Path

import pytest

from chaos.reaper import Toll
from chaos.report import lines
from chaos.run import Orders, run
from chaos.stage import GROUNDS, SERVICES


def test_every_deployment_ends_well_whatever_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORALE_VAR", str(tmp_path))

    figures = run(Orders(deployments=12, kills=1, seed=1), print)

    assert figures.verdict.holds, "\n".join(lines(figures))
    assert len(figures.promises.accepted) == 12
    assert _killed(figures.toll) == {*SERVICES, *GROUNDS}


def _killed(toll: Toll) -> set[str]:
    return {name for name, times in toll.killed.items() if times}
