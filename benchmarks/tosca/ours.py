"""Our compiler, in a process of its own that is set up as the gateway's: catalogues warm, the collector at work.

`python -m benchmarks.tosca.ours real` reads `Work` from its input and answers with `Cost`; `… grown SHAPE NODES ROUNDS`
answers with `Growth`.
"""

import gc
import resource
import sys
import time
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict

from benchmarks.tosca.grown import grown
from benchmarks.tosca.material import Cost, Work
from services.gateway.adapters.catalogues import OURS, load_catalogues
from services.gateway.domain.tosca import Catalogues, Limits, TemplateRefused, compile_template

ROOMY = Limits(size=8 << 20, nodes=500_000)
"""Ten thousand nodes are more than the gateway takes of a stranger."""


class Growth(BaseModel):
    """The best of the rounds in milliseconds of CPU, and how much memory the first one needed at its height."""

    model_config = ConfigDict(frozen=True)

    ms: float
    peak_bytes: int


def measure(work: Work) -> Cost:
    """Compile everything some times; what is refused has no cost."""
    catalogues = _warm(work.folders)
    found: dict[Path, float] = {}
    for _ in range(work.rounds):
        for file in work.templates:
            start = time.process_time()
            try:
                compile_template(file.read_text(encoding="utf-8"), {}, catalogues, need_inputs=False)
            except TemplateRefused:
                continue
            spent = (time.process_time() - start) * 1000
            found[file] = min(spent, found.get(file, spent))
    return Cost(ms=found)


def grow(shape: str, nodes: int, rounds: int) -> Growth:
    """Compile one template of so many nodes some times."""
    catalogues = _warm(())
    _compile(grown(shape, 100), catalogues)
    text = grown(shape, nodes)
    before = psutil.Process().memory_info().rss
    times = [_compile(text, catalogues)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    times += [_compile(text, catalogues) for _ in range(rounds - 1)]
    return Growth(ms=min(times), peak_bytes=max(0, peak - before))


def _warm(folders: tuple[Path, ...]) -> Catalogues:
    catalogues = load_catalogues(OURS, folders)
    gc.collect()
    gc.freeze()  # as a service does once it is up
    return catalogues


def _compile(text: str, catalogues: Catalogues) -> float:
    start = time.process_time()
    compile_template(text, {}, catalogues, limits=ROOMY)
    return (time.process_time() - start) * 1000


if __name__ == "__main__":
    answer: BaseModel
    if sys.argv[1] == "grown":
        answer = grow(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        answer = measure(Work.model_validate_json(sys.stdin.read()))
    print(answer.model_dump_json())
