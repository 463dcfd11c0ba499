"""Runs both compilers, each in its own process, prints what they took, and writes the figures."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from benchmarks.measured import collect
from benchmarks.player import Failed
from benchmarks.tosca.grown import SHAPES
from benchmarks.tosca.material import ROOT, Cost, Work, material
from benchmarks.tosca.ours import Growth

SMALL, LARGE = 1_000, 10_000
SPEEDUP, RATIO = 10.0, 12.0
"""What is asked of us: so many times as fast as the peer, and at most so many times as long for ten times the nodes."""
_ROUNDS: Mapping[int, int] = {SMALL: 9, LARGE: 3}
_LAST_WORDS = 1500


def bench(build: Path, say: Callable[[str], None], *, peers: bool) -> dict[str, float]:
    """The figures."""
    found = _real(build, say, peers=peers)
    for shape in SHAPES:
        found |= _grown(shape, say)
    for name in ("ratio_10k_to_1k", "kb_per_node"):
        found[f"tosca.{name}"] = max(found[f"tosca.{name}_{shape}"] for shape in SHAPES)
    collect(build / "bench.json", found)
    return found


def verdict(found: Mapping[str, float]) -> Iterator[str]:
    """Ratios and targets, for people."""
    if (speedup := found.get("tosca.speedup_median")) is not None:
        yield f"{speedup:6.1f} x as fast as tosca-parser on the median template (target {SPEEDUP:.0f} x)"
    yield f"{found['tosca.ratio_10k_to_1k']:6.1f} x the time for 10 x the nodes (target at most {RATIO:.0f} x)"
    yield f"{found['tosca.kb_per_node']:6.1f} kB a node at the height of compiling {LARGE:,}"


def speedups(ours: Cost, theirs: Cost) -> dict[Path, float]:
    """How many times as much the peer took, for each template that both accept."""
    return {file: theirs.ms[file] / ours.ms[file] for file in ours.ms if file in theirs.ms}


def _real(build: Path, say: Callable[[str], None], *, peers: bool) -> dict[str, float]:
    what = material(build)
    work = Work(templates=what.templates, imports=what.imports(), folders=what.folders)
    ours = Cost.model_validate_json(_told("benchmarks.tosca.ours", ["real"], work.model_dump_json()))
    found = {"tosca.ms_median": median(ours.ms.values()), "tosca.ms_max": max(ours.ms.values())}
    say(f"Corale       {len(ours.ms):>4} {what.name}: {found['tosca.ms_median']:7.2f} ms of CPU, median")
    if peers and find_spec("toscaparser") is not None:
        theirs = Cost.model_validate_json(_told("benchmarks.peers.tosca_parser", [], work.model_dump_json()))
        ratios = speedups(ours, theirs)
        found["tosca_parser.ms_median"] = median(theirs.ms[file] for file in ratios)
        found["tosca.speedup_median"] = median(ratios.values())
        found["tosca.speedup_min"] = min(ratios.values())
        say(f"tosca-parser {len(ratios):>4} of them accepted too: {found['tosca_parser.ms_median']:7.2f} ms, median")
    return found


def _grown(shape: str, say: Callable[[str], None]) -> dict[str, float]:
    grown = {
        nodes: Growth.model_validate_json(
            _told("benchmarks.tosca.ours", ["grown", shape, str(nodes), str(_ROUNDS[nodes])])
        )
        for nodes in (SMALL, LARGE)
    }
    small, large = grown[SMALL], grown[LARGE]
    kept = large.peak_bytes / 1024 / LARGE
    say(
        f"{shape:<12} {SMALL:>6,} nodes {small.ms:7.0f} ms, {LARGE:,} nodes {large.ms:7.0f} ms:"
        f" {large.ms / small.ms:.1f} x, {kept:.1f} kB a node"
    )
    return {
        f"tosca.ms_1k_{shape}": small.ms,
        f"tosca.ms_10k_{shape}": large.ms,
        f"tosca.ratio_10k_to_1k_{shape}": large.ms / small.ms,
        f"tosca.kb_per_node_{shape}": kept,
    }


def _told(module: str, options: list[str], asked: str = "") -> str:
    """The last line that a module of ours prints, run in a process of its own."""
    command = [sys.executable, "-m", module, *options]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        raise Failed(f"{module} ended with status {done.returncode}:\n{done.stderr[-_LAST_WORDS:]}")
    return done.stdout.strip().rpartition("\n")[2]
