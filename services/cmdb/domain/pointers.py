"""JSON pointers (RFC 6901) into a site's document, with an entry's own name where a plain pointer has an index."""

from collections.abc import Iterator, Mapping, Sequence

from services.cmdb.domain.merging import NAMED_BY
from shared.contracts.topology import Json

Steps = tuple[str, ...]


def pointer(steps: Sequence[str]) -> str:
    """The steps as text: `/services/nova/quota/cpus`. The document itself is the empty text."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def steps_of(text: str) -> Steps:
    """The steps of a pointer. Raises `ValueError` for text that is none."""
    if text and not text.startswith("/"):
        raise ValueError("a pointer begins with a slash")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])


def entries(field: str, value: Json) -> dict[str, dict[str, Json]] | None:
    """The entries of a list of named things, by name; `None` when the field is no such list."""
    by = NAMED_BY.get(field)
    if by is None or not isinstance(value, list):
        return None
    named = {entry[by]: entry for entry in value if isinstance(entry, dict) and isinstance(entry.get(by), str)}
    return named if len(named) == len(value) else None


def things(document: Mapping[str, Json], above: Steps = ()) -> Iterator[tuple[Steps, dict[str, Json]]]:
    """Every named thing of a document with its steps, those that hold others before what they hold."""
    for field, value in document.items():
        for name, entry in (entries(field, value) or {}).items():
            yield (*above, field, name), entry
            yield from things(entry, (*above, field, name))
