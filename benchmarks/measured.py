"""What a run of a bench showed, and the file where all figures are collected."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class Told(BaseModel):
    """What a player says of its own run. Latencies are from asking to completed; CPU is its own, in seconds."""

    model_config = ConfigDict(frozen=True)

    sagas: int
    compensated: int
    seconds: float
    p50_ms: float
    p99_ms: float


class Run(BaseModel):
    """One system under one load. `cpu_ms` is CPU time per saga, by process."""

    model_config = ConfigDict(frozen=True)

    system: str
    in_flight: int
    told: Told
    cpu_ms: Mapping[str, float] = Field(default_factory=dict)

    @property
    def per_second(self) -> float:
        """Sagas brought to their end, per second of wall time."""
        return self.told.sagas / self.told.seconds

    @property
    def whole_cpu_ms(self) -> float:
        """CPU per saga of all processes but the one that only asks."""
        return sum(self.cpu_ms.values())


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def collect(file: Path, figures: Mapping[str, float]) -> None:
    """Put the figures among those of other benches; one of the same name is replaced."""
    known: dict[str, float] = json.loads(file.read_text()) if file.exists() else {}
    rounded = {name: float(f"{value:.4g}") for name, value in figures.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(dict(sorted((known | rounded).items())), indent=2) + "\n")
