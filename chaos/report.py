"""The figures, and what is wrong."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chaos.evidence import Ending, Fault, Verdict
from chaos.reaper import Toll
from chaos.users import Promises

_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened, beside what the auditor says of it. `seconds` is from the first request to the verdict."""

    seed: int
    seconds: float
    echoed: int
    toll: Toll
    promises: Promises
    verdict: Verdict


def lines(figures: Figures) -> Iterator[str]:
    """For people."""
    for name, value in (*_what_was_done(figures), *_what_is_wrong(figures.verdict)):
        yield f"{name:<24}{value}"
    for finding in figures.verdict.findings[:_SHOWN]:
        yield f"  {finding.fault}: {finding.deployment} {finding.sentence}"
    yield _conclusion(figures.verdict)


def _what_was_done(figures: Figures) -> Iterator[tuple[str, str]]:
    verdict, toll, promises = figures.verdict, figures.toll, figures.promises
    yield "seed", f"{figures.seed}, {figures.seconds:.0f} s from the first request to the verdict"
    yield "deployments", f"{len(promises.accepted)} accepted, {len(promises.deleted)} deleted by their users meanwhile"
    yield "ended as", ", ".join(f"{ending} {verdict.endings.get(ending, 0)}" for ending in Ending)
    yield "events", f"{verdict.events}, {verdict.redelivered} of them on the topic more than once"
    yield "repeated deliveries", f"{figures.echoed} records of all topics, up to 8 s late"
    yield "repeated requests", f"{promises.retried} by users who had no answer"
    yield "kill -9", f"{toll.killed.total()}: {_counted(toll.killed)}"
    yield "died by themselves", f"{toll.died.total()}" + (f": {_counted(toll.died)}" if toll.died else "")
    yield (
        "works again after",
        ", ".join(f"p{round(s * 100)} {_percentile(toll.recoveries, s):.1f} s" for s in (0.5, 0.99)),
    )


def _what_is_wrong(verdict: Verdict) -> Iterator[tuple[str, str]]:
    return ((fault.value, str(verdict.count(fault))) for fault in Fault)


def _conclusion(verdict: Verdict) -> str:
    if not verdict.holds:
        return f"{len(verdict.findings)} things are wrong"
    most = 300 / max(1, verdict.deployments)
    return f"all holds: 0 of {verdict.deployments} means less than {most:.1f} % at 95 % confidence (rule of three)"


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {times}" for name, times in sorted(counter.items()))


def _percentile(values: Sequence[float], share: float) -> float:
    if not values:
        return 0.0
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)]
