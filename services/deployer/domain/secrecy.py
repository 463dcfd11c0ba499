"""Which outputs are secret: they go to the vault, and only their names travel on the bus."""

from collections.abc import Mapping
from typing import NamedTuple

from shared.contracts.between import placeholder
from shared.contracts.topology import Json, Topology

WORDS = ("credential", "password", "private_key", "secret", "token")


class Split(NamedTuple):
    """Outputs as they may be told, with placeholders for those that may not."""

    told: dict[str, Json]
    secret: dict[str, Json]


def split(outputs: Mapping[str, Json], topology: Topology) -> Split:
    """Tell secrets from the rest: by what an output's expression reads, and by what its value turned out to hold."""
    expressions = {output.name: output.value for output in topology.outputs}
    secret = {name: value for name, value in outputs.items() if _reads(expressions.get(name)) or _holds(value)}
    return Split({name: placeholder(name) if name in secret else value for name, value in outputs.items()}, secret)


def _reads(expression: Json) -> bool:
    """Whether an expression names something secret anywhere in its path."""
    if isinstance(expression, str):
        return any(word in expression.lower() for word in WORDS)
    if isinstance(expression, Mapping):
        return any(_reads(argument) for argument in expression.values())
    return isinstance(expression, list | tuple) and any(_reads(argument) for argument in expression)


def _holds(value: Json) -> bool:
    """Whether a value is, or contains, something that has a secret's name, or looks like a private key."""
    if isinstance(value, Mapping):
        return any((_named_secret(str(key)) and bool(part)) or _holds(part) for key, part in value.items())
    if isinstance(value, str):
        return "PRIVATE KEY-----" in value
    return isinstance(value, list | tuple) and any(_holds(part) for part in value)


def _named_secret(name: str) -> bool:
    return any(word in name.lower() for word in WORDS) and not name.lower().endswith("_type")
