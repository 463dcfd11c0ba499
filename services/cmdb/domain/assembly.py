"""From what several layers say of a site to one checked record, and the layer that each of its values is from."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from pydantic import ValidationError

from services.cmdb.domain.merging import NAMED_BY, Layer, Merged, merged
from services.cmdb.domain.pointers import Steps, entries, pointer
from services.cmdb.domain.record import SiteRecord
from services.cmdb.domain.service_types import SERVICE_TYPES
from shared.contracts.topology import Json

TYPE, DISCOVERED, FILE, HAND = "type", "discovered", "file", "hand"
STRENGTH = (TYPE, DISCOVERED, FILE, HAND)
"""Layers from the weakest to the strongest."""

Place = tuple[str | int, ...]


class Fault(NamedTuple):
    """What is wrong in a document: where as a pointer, what was found, and what would be right."""

    path: str
    sentence: str


class Misfit(Exception):
    """The layers together make no site; `faults` says where and why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.path or 'the site'}: {fault.sentence}" for fault in faults))
        self.faults = tuple(faults)


class Assembled(NamedTuple):
    """A site whole. `document` has what the layers say and nothing else; `record` has the defaults too.

    `dormant` are things that a layer speaks of and no layer describes enough to be there: a correction of a flavour
    that the site has no more, for one.
    """

    record: SiteRecord
    document: dict[str, Json]
    provenance: dict[str, str]
    dormant: tuple[Fault, ...] = ()


def assembled(layers: Sequence[Layer]) -> Assembled:
    """The layers laid over each other, with what follows from the services' types. Raises `Misfit`."""
    ordered = sorted(layers, key=lambda layer: STRENGTH.index(layer.name))
    whole = merged([_by_type(ordered), *ordered])
    dormant: list[Fault] = []
    while True:
        try:
            return Assembled(SiteRecord.model_validate(whole.document), *whole, tuple(dormant))
        except ValidationError as wrong:
            whole = _without_the_unfinished(whole, wrong, dormant)


def _by_type(layers: Sequence[Layer]) -> Layer:
    """What follows from the types of services; `layers` from the weakest to the strongest."""
    types: dict[str, str] = {}
    for layer in layers:
        for id, service in (entries("services", layer.document.get("services", [])) or {}).items():
            if isinstance(type := service.get("type"), str):
                types[id] = type
    said = [{"id": id, **SERVICE_TYPES[type].defaults()} for id, type in types.items() if type in SERVICE_TYPES]
    return Layer(TYPE, {"services": said} if said else {})


def _without_the_unfinished(whole: Merged, wrong: ValidationError, dormant: list[Fault]) -> Merged:
    """The same without things that lack what they cannot be without, and without nonsense that a site says of itself.

    Raises `Misfit` for what people said.
    """
    unfinished: dict[Steps, list[Fault]] = {}
    faults: list[Fault] = []
    for error in wrong.errors():
        fault = _fault(whole.document, error["loc"], error["type"], error["msg"], error["input"])
        steps, thing = _named(whole.document, error["loc"]), _thing(whole.document, error["loc"])
        if not steps and (lineages := _discovered_parents(whole)):
            unfinished |= {lineage: [fault] for lineage in lineages}
        elif nonsense := _discovered(whole, steps):
            unfinished.setdefault(nonsense, []).append(fault)
        elif error["type"] == "missing" and thing and thing == steps[:-1]:
            unfinished.setdefault(thing, []).append(fault)
        else:
            faults.append(fault)
    if faults:
        raise Misfit(faults)
    left = _pruned(whole.document, (), set(unfinished))
    if left == whole.document:
        raise Misfit(list(chain.from_iterable(unfinished.values())))
    dormant += chain.from_iterable(unfinished.values())
    gone = [pointer(steps) for steps in unfinished]
    kept = {path: layer for path, layer in whole.provenance.items() if not _under(path, gone)}
    return Merged(left, kept)


def _discovered(whole: Merged, steps: Steps) -> Steps:
    """The value around a place, if all that is known there is from the site itself; nothing else."""
    for deep in range(len(steps), 0, -1):
        here = pointer(steps[:deep])
        if layers := {layer for place, layer in whole.provenance.items() if _under(place, [here])}:
            return steps[:deep] if layers == {DISCOVERED} else ()
    return ()


def _discovered_parents(whole: Merged) -> list[Steps]:
    """What only the site says of its services' lineage: it may break the whole without being wrong by itself."""
    services = entries("services", whole.document.get("services", [])) or {}
    places: list[Steps] = [("services", id, "parent") for id in services]
    return [place for place in places if whole.provenance.get(pointer(place)) == DISCOVERED]


def _fault(document: Mapping[str, Json], place: Place, kind: str, message: str, found: Json) -> Fault:
    path = pointer(_named(document, place))
    says = message.removeprefix("Input should be ").removeprefix("Value error, ")
    match kind:
        case "missing":
            return Fault(path, "is missing")
        case "extra_forbidden":
            return Fault(path, "is not known here")
        case "value_error":
            return Fault(path, says)
        case _:
            shown = (
                "a mapping" if isinstance(found, dict) else "a list" if isinstance(found, list) else repr(found)[:60]
            )
            return Fault(path, f"found {shown}; allowed: {says}")


def _named(document: Json, place: Place) -> Steps:
    """The place with names where pydantic has indices."""
    steps: list[str] = []
    here: Json = document
    by = None
    for step in place:
        here = _inside(here, step)
        named = isinstance(step, int) and by is not None and isinstance(here, dict)
        steps.append(str(here.get(by, step)) if named else str(step))
        by = NAMED_BY.get(str(step))
    return tuple(steps)


def _inside(here: Json, step: str | int) -> Json:
    match here, step:
        case list(), int() if step < len(here):
            return here[step]
        case dict(), str():
            return here.get(step)
        case _:
            return None


def _thing(document: Mapping[str, Json], place: Place) -> Steps:
    """The innermost named thing around a place; nothing when there is none."""
    deepest = max(
        (n for n, step in enumerate(place) if isinstance(step, int) and str(place[n - 1]) in NAMED_BY), default=-1
    )
    return _named(document, place[: deepest + 1])


def _under(path: str, roots: Sequence[str]) -> bool:
    return any(path == root or path.startswith(root + "/") for root in roots)


def _pruned(document: Mapping[str, Json], above: Steps, gone: set[Steps]) -> dict[str, Json]:
    result: dict[str, Json] = {}
    for field, value in document.items():
        steps = (*above, field)
        if steps in gone:
            continue
        named = entries(field, value)
        if named is not None:
            left = [_pruned(entry, (*steps, id), gone) for id, entry in named.items() if (*steps, id) not in gone]
            result[field] = left
        else:
            result[field] = _pruned(value, steps, gone) if isinstance(value, dict) else value
    return result
