"""The values of secret inputs: they come with the token, and stand in no other copy of the template."""

from collections.abc import Iterator, Mapping

from services.deployer.backends.im.places import WrongPlace, unshared
from shared.contracts.topology import Json


def fill_secrets(document: dict[str, Json], names: tuple[str, ...], values: Mapping[str, Json]) -> None:
    """Replace every `get_input` of a secret input by its value, and drop its declaration, which would want one.

    One without a value stays as it is if its declaration has a default.
    """
    topology = document.get("topology_template")
    declared = topology.get("inputs") if isinstance(topology, dict) else None
    declared = declared if isinstance(declared, dict) else {}
    for name in names:
        if name not in values and (declared.get(name) or {}).get("default") is None:
            raise WrongPlace(f"The value of the secret input {name!r} did not come with the token.")
    secrets = {name: values[name] for name in names if name in values}
    for holder, key in list(_asking(document)):
        holder[key] = _filled(holder[key], secrets)
    for name in secrets:
        declared.pop(name, None)


def _asking(value: Json) -> Iterator[tuple[Json, str | int]]:
    """Every place (holder and key) of a `get_input`, from the leaves up."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _asking(inner)
        if isinstance(inner, dict) and set(inner) == {"get_input"}:
            yield value, key


def _filled(call: Json, secrets: Mapping[str, Json]) -> Json:
    asked = call["get_input"]
    name, *path = asked if isinstance(asked, list) and asked else [asked]
    if not isinstance(name, str) or name not in secrets:
        return call
    value = secrets[name]
    for step in path:
        value = value[step]
    return unshared(value)
