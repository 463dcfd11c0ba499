"""From samples that a monitoring system took at different times to one sight of a service."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple

from pydantic import Field

from services.monitoring.ports import Sight
from shared.contracts.sites import Quantities
from shared.failures import Transient

ADDRESS = r"^https?://[^\s@${}]+$"
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.\[\]]{0,119}$")]
"""What a metric may be called."""
AVAILABLE, LATENCY = "available", "latency_ms"
USED = {f"{quantity}_used": quantity for quantity in Quantities.model_fields}
LIFE = ("create_result", "run_result", "delete_result", "openstack_result")
"""The results of a life-cycle probe: one that failed says that the service does not work."""
HALF = 0.5
MOST = 1e15


class Sample(NamedTuple):
    """A number and when it was measured."""

    name: str
    value: float
    at: datetime


class Unseen(NamedTuple):
    """What should be known and is not, and why: `no sample` or `NaN`, say."""

    name: str
    why: str


def sample(name: str, value: str | float, seconds: float) -> Sample | Unseen:
    """What was measured at this Unix time. What is no number, or no amount where one is meant, is unseen."""
    try:
        number, at = float(value), datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return Unseen(name, "neither number nor time can be read")
    if not math.isfinite(number):
        return Unseen(name, str(number).replace("nan", "NaN"))
    if not 0 <= number <= MOST and (name in USED or name == LATENCY):
        return Unseen(name, f"{number:g} is no amount")
    return Sample(name, number, at)


def sight(found: Iterable[Sample | Unseen], *, source: str, spread: timedelta) -> Sight:
    """One sight of it all, as old as the samples that decide on availability, else as the oldest one.

    Those are `available` (half or more is yes) or else the results of a life-cycle probe, which must all be good; with
    neither, this cannot be told. Samples that are older by more than `spread` are left out rather than shown as newer
    than they are. Raises `Transient` if nothing was seen.
    """
    seen = list(found)
    samples, unseen = [one for one in seen if isinstance(one, Sample)], [one for one in seen if isinstance(one, Unseen)]
    if not samples:
        raise Transient(f"{source} has nothing about it. {_listed(unseen)}".strip())
    newest = max(one.at for one in samples)
    deciding = _deciding([one for one in samples if one.at >= newest - spread])
    at = min((one.at for one in deciding), default=newest)
    kept = [one for one in samples if one.at >= at - spread]
    unseen += [Unseen(one.name, f"too old ({one.at:%Y-%m-%d %H:%M:%S}Z)") for one in samples if one not in kept]
    values = {one.name: one.value for one in kept}
    return Sight(
        available=all(one.value >= HALF for one in deciding) if deciding else None,
        sentence=f"{len(kept)} of {len(seen)} metrics are known. {_listed(unseen)}".strip(),
        latency_ms=values.pop(LATENCY, None),
        used=Quantities.model_validate(
            {quantity: _whole(quantity, values.pop(name)) for name, quantity in USED.items() if name in values}
        ),
        metrics={name: value for name, value in values.items() if name != AVAILABLE},
        source=source,
        observed_at=at if deciding else min(one.at for one in kept),
    )


def _deciding(samples: Sequence[Sample]) -> list[Sample]:
    return [one for one in samples if one.name == AVAILABLE] or [one for one in samples if one.name in LIFE]


def _whole(quantity: str, value: float) -> float:
    return value if quantity == "cpus" else round(value)


def _listed(unseen: Sequence[Unseen]) -> str:
    whys = dict.fromkeys(one.why for one in unseen)
    return "; ".join(f"{', '.join(one.name for one in unseen if one.why == why)}: {why}" for why in whys)
