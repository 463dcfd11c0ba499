"""Scalar units of the Simple Profile as numbers of their base unit, and as the sizes the language speaks in."""

import math
import re

SCALAR = re.compile(r"([0-9]{1,30}(?:\.[0-9]{1,30})?)\s*([A-Za-z]+)\Z")
SIZE = {
    "b": 1,
    **{f"{prefix}b": 1000**power for power, prefix in enumerate("kmgt", 1)},
    **{f"{prefix}ib": 1024**power for power, prefix in enumerate("kmgt", 1)},
}
TIME = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
FREQUENCY = {"hz": 1.0, "khz": 1e3, "mhz": 1e6, "ghz": 1e9}
BITRATE = {
    **{f"{prefix}bps": factor for prefix, factor in (("", 1), ("k", 1e3), ("m", 1e6), ("g", 1e9), ("t", 1e12))},
    **{f"{prefix}ibps": 1024.0**power for power, prefix in enumerate("kmgt", 1)},
}
UNITS: dict[str, dict[str, float]] = {
    "scalar-unit.size": {unit: float(factor) for unit, factor in SIZE.items()},
    "scalar-unit.time": TIME,
    "scalar-unit.frequency": FREQUENCY,
    "scalar-unit.bitrate": BITRATE,
}
MEGA = 1e6
GIGA = 1e9


def amount(text: str, kind: str) -> float | None:
    """The number of base units (bytes, seconds, hertz, bits a second), or None if the text is no such scalar."""
    match = SCALAR.match(text.strip())
    factor = UNITS[kind].get(match[2].lower()) if match else None
    return float(match[1]) * factor if match and factor is not None else None


def megabytes(text: str) -> int | None:
    """A size in decimal megabytes, rounded up."""
    size = amount(text, "scalar-unit.size")
    return None if size is None else math.ceil(size / MEGA)


def gigabytes(text: str) -> int | None:
    """A size in decimal gigabytes, rounded up."""
    size = amount(text, "scalar-unit.size")
    return None if size is None else math.ceil(size / GIGA)
