"""The arithmetic of the old CloudProviderRanker: what an agreement promises and how fast a service answered, added up.

Source: the formulas of its two rule files, as written down in docs/ranker.md. With `defects` it counts as it did: the
factor of one target stays for the next, the first number that is missing ends a sum, and of Mesos the totals of cores
and of GPUs are looked for under names that nobody tells. Without, each target has its own factor, what is missing is
left out of the sum, and both names count.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

COMPUTING_TIME, PUBLIC_ADDRESS = "computing_time", "public_ip"
HOUR = 0.0166
"""What one hour of computing time counts for."""
TIMED = frozenset({"org.openstack.nova", "eu.indigo-datacloud.marathon", "eu.indigo-datacloud.chronos"})
MESOS = "eu.indigo-datacloud.mesos"
STEPS = (("create", 100.0), ("run", 100.0), ("delete", 10.0))
RESOURCES = (("cpu", "cpus", 1.0), ("gpu", "gpus", 1.0), ("mem", "mem", 1024.0))

Metrics = Mapping[str, float]


class Promised(NamedTuple):
    """A target of an agreement: its type and its restrictions; nothing for one that is written down as nothing."""

    type: str
    restrictions: Sequence[float | None]


class Points(NamedTuple):
    """Both sums of one service; nothing where no rule is for it."""

    agreement: float | None
    metrics: float | None

    @property
    def total(self) -> float:
        """Both together; nothing counts as zero."""
        return (self.agreement or 0.0) + (self.metrics or 0.0)


def points(service_type: str, targets: Sequence[Promised], metrics: Metrics, *, defects: bool) -> Points:
    """The sums of a service of this type."""
    return Points(agreement_points(targets, defects=defects), metric_points(service_type, metrics, defects=defects))


def agreement_points(targets: Sequence[Promised], *, defects: bool) -> float | None:
    """The restrictions of all targets, hours counting less; nothing without a target."""
    if not targets:
        return None
    total, factor = 0.0, 1.0
    for target in targets:
        amounts = [amount for amount in target.restrictions if amount is not None]
        if defects and len(amounts) < len(target.restrictions):
            break
        factor = _factor(target.type, factor if defects else 1.0)
        total += factor * sum(amounts)
    return total


def metric_points(service_type: str, metrics: Metrics, *, defects: bool) -> float | None:
    """How fast virtual machines and containers came and went, or what is free of Mesos; nothing for other services."""
    if service_type in TIMED:
        return _speed(metrics, defects=defects)
    if service_type == MESOS:
        return sum(_free(metrics, defects=defects), 0.0)
    return None


def _factor(target_type: str, otherwise: float) -> float:
    return {COMPUTING_TIME: HOUR, PUBLIC_ADDRESS: 1.0}.get(target_type, otherwise)


def _speed(metrics: Metrics, *, defects: bool) -> float:
    total = 0.0
    for step, worth in STEPS:
        result, took = metrics.get(f"{step}_result"), metrics.get(f"{step}_responseTime")
        if result is None or (result == 1 and took is None):
            if defects:
                break
            continue
        if result == 1 and took:
            total += worth / took
    return total


def _free(metrics: Metrics, *, defects: bool) -> Iterator[float]:
    for looked_for, told, unit in RESOURCES:
        names = (looked_for,) if defects else (told, looked_for)
        total, used = (_first(metrics, names, end) for end in ("total", "used"))
        if total is not None and used is not None:
            yield (total - used) / unit


def _first(metrics: Metrics, names: Sequence[str], end: str) -> float | None:
    return next(chain((metrics[name] for one in names if (name := f"master.{one}_{end}") in metrics), (None,)))
