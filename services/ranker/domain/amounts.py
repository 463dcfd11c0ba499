"""Amounts of what can run out, as numbers that add up; `Quantities` of the language may leave some unsaid."""

from typing import NamedTuple

from shared.contracts.sites import Quantities

UNITS = {"memory": " MB", "disk": " GB"}


class Amounts(NamedTuple):
    """So much of each: memory in megabytes, disk in gigabytes."""

    cpus: float = 0
    memory: float = 0
    instances: float = 0
    disk: float = 0
    gpus: float = 0
    public_addresses: float = 0
    volumes: float = 0

    def plus(self, other: "Amounts", times: float = 1) -> "Amounts":
        """Together with so many times the other; a negative number gives it back."""
        return Amounts(
            self.cpus + times * other.cpus,
            self.memory + times * other.memory,
            self.instances + times * other.instances,
            self.disk + times * other.disk,
            self.gpus + times * other.gpus,
            self.public_addresses + times * other.public_addresses,
            self.volumes + times * other.volumes,
        )


NOTHING = Amounts()
DIMENSIONS = Amounts._fields
Row = tuple[float, ...]


def said(dimension: str, amount: float) -> str:
    """An amount in words: `4096 MB memory`, `2 public addresses`."""
    return f"{number(amount)}{UNITS.get(dimension, '')} {dimension.replace('_', ' ')}"


def number(amount: float) -> str:
    """An amount in digits, never in powers of ten."""
    return f"{amount:.12g}"


def row_of(quantities: Quantities, unsaid: float) -> Row:
    """The quantities in the order of the dimensions, with this number for what is not said."""
    values = vars(quantities)
    return tuple([unsaid if values[name] is None else float(values[name]) for name in DIMENSIONS])
