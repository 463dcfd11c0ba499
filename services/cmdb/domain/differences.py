"""What is different between two documents of a site: for the history, and for the tombstones."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from services.cmdb.domain.pointers import Steps, entries, pointer, things
from shared.contracts.topology import Json


class Difference(NamedTuple):
    """One place that is different; `before` is absent (`None`) for what is new, `after` for what is gone."""

    path: str
    before: Json
    after: Json


def differences(before: Mapping[str, Json], after: Mapping[str, Json], above: Steps = ()) -> Iterator[Difference]:
    """Place by place, as deep as both sides have something; a thing that is new or gone is one difference."""
    for field in dict.fromkeys([*before, *after]):
        yield from _differences(field, before.get(field), after.get(field), (*above, field))


def gone(before: Mapping[str, Json], after: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    """The named things that were there and are not any more, by pointer, with all that they held."""
    left = {steps for steps, _ in things(after)}
    return {pointer(steps): thing for steps, thing in things(before) if steps not in left}


def _differences(field: str, before: Json, after: Json, steps: Steps) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from differences(before, after, steps)
        return
    old, new = entries(field, before if before is not None else []), entries(field, after if after is not None else [])
    if old is None or new is None:
        yield Difference(pointer(steps), before, after)
        return
    places = [Difference(pointer((*steps, name)), old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new])]
    for (path, was, now), name in zip(places, dict.fromkeys([*old, *new]), strict=True):
        if was is None or now is None:
            yield Difference(path, was, now)
        else:
            yield from differences(was, now, (*steps, name))
