"""Which outputs are secret: those that read a secret input, or something whose name says that it is secret."""

from collections.abc import Iterator, Mapping

from services.gateway.domain.tosca.secrecy import names_secret
from shared.contracts.topology import Json

READS = ("get_attribute", "get_property", "get_artifact")


def is_secret(name: str, body: Mapping[str, Json], value: Json, secrets: frozenset[str]) -> bool:
    """Whether an output is secret; `value` is what it became. `metadata.secret` says it outright."""
    metadata = body.get("metadata")
    said = metadata.get("secret") if isinstance(metadata, dict) else None
    if said is not None:
        return str(said).lower() == "true"
    return names_secret(name) or any(_is_tainted(part, secrets) for whole in (body, value) for part in _maps(whole))


def _maps(value: Json) -> Iterator[Mapping[str, Json]]:
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            yield here
            waiting.extend(here.values())
        elif isinstance(here, list):
            waiting.extend(here)


def _is_tainted(part: Mapping[str, Json], secrets: frozenset[str]) -> bool:
    """Whether a map is a function that reads something secret, or holds a value under a secret's name."""
    for key, argument in part.items():
        names = [item for item in (argument if isinstance(argument, list) else [argument]) if isinstance(item, str)]
        if key == "get_input" and names and names[0] in secrets:
            return True
        if key in READS and len(names) > 1 and names_secret(names[-1]):
            return True
    return False
