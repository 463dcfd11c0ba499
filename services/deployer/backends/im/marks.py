"""Whose an infrastructure is: our tag, read from what IM keeps of it."""

import re
from collections import OrderedDict
from typing import Generic, TypeVar

import yaml

from shared.contracts.topology import Json

MARK = "CORALE_TAG"
"""The key of our tag, in the template's metadata and on every machine."""
CHANGED = "CORALE_CHANGED"
"""The key in the template's metadata that says that the infrastructure was made into something else since."""
RADL_TAGS = re.compile(r"instance_tags = '[^']*?\b" + MARK + r"=([A-Za-z0-9-]+)")


def mark_in_tosca(text: str) -> str | None:
    """The tag in a template's metadata, where only we write it."""
    mark = _metadata(text).get(MARK)
    return mark if isinstance(mark, str) else None


def was_changed(text: str) -> bool:
    """Whether a template is one that took the place of another."""
    return CHANGED in _metadata(text)


def mark_in_radl(text: str) -> str | None:
    """The tag on a machine of the infrastructure in IM's own language."""
    found = RADL_TAGS.search(text)
    return found.group(1) if found else None


V = TypeVar("V")


class Remembered(Generic[V]):
    """What is worth remembering but may be forgotten: the oldest makes room for the newest."""

    def __init__(self, room: int = 10_000) -> None:
        self._room = room
        self._known: OrderedDict[str, V] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return key in self._known

    def get(self, key: str) -> V | None:
        """What is known, if anything."""
        return self._known.get(key)

    def keep(self, key: str, value: V) -> None:
        """Know this from now on."""
        self._known[key] = value
        self._known.move_to_end(key)
        if len(self._known) > self._room:
            self._known.popitem(last=False)

    def drop(self, key: str) -> None:
        """Forget this."""
        self._known.pop(key, None)


def _metadata(text: str) -> dict[str, Json]:
    try:
        document = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return {}
    metadata = document.get("metadata") if isinstance(document, dict) else None
    return metadata if isinstance(metadata, dict) else {}
