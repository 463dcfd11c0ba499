"""Kubernetes' quantities (`500m`, `256Gi`, `1e3`), and what is made of the resources they are given for."""

import re
from collections.abc import Mapping
from decimal import Decimal

SUFFIXES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "E": Decimal(10**18),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
    "Pi": Decimal(2**50),
    "Ei": Decimal(2**60),
}
WRITTEN = re.compile(
    r"\+?(?P<number>[0-9]{1,30}(?:\.[0-9]{0,30})?)(?:[eE](?P<exponent>[+-]?[0-9]{1,3})|(?P<suffix>[a-zA-Z]{1,2}))?"
)
LARGEST = Decimal(10**21)
MEBI, GIGA = Decimal(2**20), Decimal(10**9)
GPUS = ("nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915", "gpu.intel.com/xe")
MIG = "nvidia.com/mig-"


def quantity(text: str) -> Decimal:
    """The number that a quantity stands for. Raises `ValueError` when it is none, or no amount of anything real."""
    match = WRITTEN.fullmatch(text)
    if match is None or (match["suffix"] and match["suffix"] not in SUFFIXES):
        raise ValueError(f"{text[:32]!r} is no quantity")
    value = Decimal(match["number"]).scaleb(int(match["exponent"] or 0)) * SUFFIXES.get(match["suffix"] or "", 1)
    if value > LARGEST:
        raise ValueError(f"{text[:32]!r} is no amount")
    return value


def megabytes(value: Decimal) -> int:
    """Bytes, in the megabytes of the wire, which are of 2 to the power of 20 as OpenStack's."""
    return int(value / MEBI)


def gigabytes(value: Decimal) -> int:
    """Bytes of disk in gigabytes."""
    return int(value / GIGA)


def gpus(resources: Mapping[str, Decimal]) -> int:
    """How many GPUs, slices of them included."""
    return int(sum(value for name, value in resources.items() if is_gpu(name)))


def is_gpu(name: str) -> bool:
    """Whether a resource is a GPU or a slice of one."""
    return name in GPUS or name.startswith(MIG)
