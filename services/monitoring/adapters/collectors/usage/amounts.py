"""Reads the amounts that clouds tell into ours. Pure; what cannot be read is absent."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from pydantic import ValidationError

from shared.contracts.sites import ProjectUsage, Quantities
from shared.contracts.topology import Json

MEBI, GIBI, MOST = 1024**2, 1024**3, 10**15
QUANTITY = re.compile(r"([+-]?[0-9]{1,20}(?:\.[0-9]{0,20})?)(m|u|n|k|[MGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2})?")
SUFFIXES: Mapping[str, Decimal] = {
    **{name: Decimal(10) ** power for name, power in zip(("n", "u", "m", "k"), (-9, -6, -3, 3), strict=True)},
    **{name: Decimal(1000) ** power for power, name in enumerate("MGTPE", start=2)},
    **{f"{name}i": Decimal(1024) ** power for power, name in enumerate("KMGTPE", start=1)},
}


def amount(said: Json) -> float | None:
    """A number that is told as one or as its digits; negative is unlimited, and so is what nobody can have."""
    if isinstance(said, bool) or not isinstance(said, int | float | str):
        return None
    try:
        number = float(said)
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number <= MOST else None


def kubernetes_quantity(said: Json) -> float | None:
    """A quantity of Kubernetes (`500m`, `2Gi`, `1e3`) in its base unit: cores, bytes or pieces."""
    found = QUANTITY.fullmatch(str(said).strip()) if isinstance(said, str | int | float) else None
    if found is None:
        return None
    digits, suffix = found.groups()
    if suffix is None or suffix in SUFFIXES:
        number = Decimal(digits) * SUFFIXES.get(suffix or "", Decimal(1))
    else:
        number = Decimal(f"{digits}{suffix}")
    return float(number) if 0 <= number <= MOST * GIBI else None


def quantities(amounts: Mapping[str, float | None]) -> Quantities:
    """Amounts by the names of `Quantities`. Only processors come in parts."""
    known = {name: amount for name, amount in amounts.items() if amount is not None}
    try:
        return Quantities.model_validate({name: v if name == "cpus" else round(v) for name, v in known.items()})
    except ValidationError:
        return Quantities()


def together(projects: Iterable[ProjectUsage]) -> Quantities:
    """What all these projects use; absent where one of them does not say."""
    used = [project.used.model_dump() for project in projects]
    sums: dict[str, float | None] = {}
    for name in Quantities.model_fields:
        amounts = [amounts[name] for amounts in used]
        sums[name] = sum(amounts) if amounts and None not in amounts else None
    return quantities(sums)
