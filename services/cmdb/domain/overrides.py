"""What people say over the head of the folder and of discovery: one document per site, laid over and taken back."""

from collections.abc import Iterator, Mapping

from services.cmdb.domain.assembly import Fault
from services.cmdb.domain.merging import NAMED_BY
from services.cmdb.domain.pointers import Steps, entries, pointer
from shared.contracts.topology import Json

Document = dict[str, Json]


def overlaid(document: Mapping[str, Json], patch: Mapping[str, Json]) -> Document:
    """The document after a merge patch (RFC 7396), which keeps its nulls: they hide what other layers say.

    Lists of named things are matched by name, entry by entry, so that a patch speaks of one flavour and leaves the
    others; `removed: true` in an entry hides it.
    """
    result: Document = dict(document)
    for field, value in patch.items():
        result[field] = _laid(field, result.get(field), value)
    return result


def nameless(document: Mapping[str, Json], above: Steps = ()) -> Iterator[Fault]:
    """Lists of things of which one has no name, or the name of another: nobody can say what is said of which."""
    for field, value in document.items():
        steps, by = (*above, field), NAMED_BY.get(field)
        if by is None or not isinstance(value, list) or not any(isinstance(entry, dict) for entry in value):
            continue
        named = entries(field, value)
        if named is None:
            yield Fault(pointer(steps), f"found a thing without a name of its own; allowed: things with a {by} each")
        for name, entry in (named or {}).items():
            yield from nameless(entry, (*steps, name))


def dropped(document: Mapping[str, Json], steps: Steps) -> Document:
    """The document without what it says at a place; containers that are left with nothing but a name go too."""
    field, *rest = steps
    result: Document = dict(document)
    if not rest:
        result.pop(field, None)
        return result
    named = entries(field, result.get(field))
    if named is not None:
        _drop_from_list(result, field, named, tuple(rest))
    elif isinstance(result.get(field), dict):
        result[field] = dropped(result[field], tuple(rest))
        if not result[field]:
            del result[field]
    return result


def addressed(steps: Steps, value: Mapping[str, Json]) -> Document:
    """A patch of the whole site that says `value` of the thing at these steps: one field and name after the other."""
    document: Document = dict(value)
    for field, name in reversed(list(zip(steps[::2], steps[1::2], strict=True))):
        document = {field: [{NAMED_BY[field]: name, **document}]}
    return document


def _laid(field: str, below: Json, value: Json) -> Json:
    if isinstance(value, dict):
        return overlaid(below if isinstance(below, dict) else {}, value)
    said, known = entries(field, value), entries(field, below if below is not None else [])
    if said is None or known is None:
        return value
    for name, entry in said.items():
        known[name] = dict(entry) if entry.get("removed") is True else _revived(known.get(name, {}), entry)
    return list(known.values())


def _revived(below: Mapping[str, Json], entry: Mapping[str, Json]) -> Document:
    return overlaid({} if below.get("removed") is True else below, {k: v for k, v in entry.items() if k != "removed"})


def _drop_from_list(result: Document, field: str, named: dict[str, Document], rest: Steps) -> None:
    name, *below = rest
    if name in named:
        left = dropped(named[name], tuple(below)) if below else {}
        if left.keys() <= {NAMED_BY[field]}:
            del named[name]
        else:
            named[name] = left
    if named:
        result[field] = list(named.values())
    else:
        result.pop(field, None)
