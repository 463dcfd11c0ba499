"""Ranks a thousand sites with twenty services each, at three shares of agreements, and writes the figures."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks.measured import collect
from benchmarks.player import Failed
from benchmarks.rank.ours import Cost

BUDGET = 20.0
"""Milliseconds of CPU for one ranking with its explanation."""
SHARES = (1, 10, 100)
"""Percent of the sites that have agreements with the groups that ask."""
_ROOT = Path(__file__).resolve().parents[2]
_LAST_WORDS = 1500


def bench(build: Path, say: Callable[[str], None]) -> dict[str, float]:
    """The figures: `rank.cpu_ms` is the worst of the shares, with facts unchanged between requests."""
    found: dict[str, float] = {}
    for share in SHARES:
        cost = _told(share)
        say(
            f"{cost.services:,} services, {cost.fitting:>6,} fit: {cost.warm:6.1f} ms of CPU;"
            f" after observations {cost.seen:.1f} ms, after a site was told anew {cost.anew:.1f} ms,"
            f" after the start {cost.first:.0f} ms"
        )
        found[f"rank.cpu_ms_{share}"] = cost.warm
        found[f"rank.cpu_ms_seen_{share}"] = cost.seen
        found[f"rank.cpu_ms_anew_{share}"] = cost.anew
        found[f"rank.cpu_ms_first_{share}"] = cost.first
    found["rank.cpu_ms"] = max(found[f"rank.cpu_ms_{share}"] for share in SHARES)
    collect(build / "bench.json", found)
    return found


def verdict(found: Mapping[str, float]) -> Iterator[str]:
    """The figure beside its budget, for people."""
    yield f"{found['rank.cpu_ms']:6.1f} ms of CPU to rank 1,000 sites with 20 services each (budget {BUDGET:.0f} ms)"


def _told(share: int) -> Cost:
    """The costs, in a process of their own."""
    command = [sys.executable, "-m", "benchmarks.rank.ours", str(share / 100)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=_ROOT, check=False)
    if done.returncode:
        raise Failed(f"the ranker's bench ended with status {done.returncode}:\n{done.stderr[-_LAST_WORDS:]}")
    return Cost.model_validate_json(done.stdout.strip().rpartition("\n")[2])
