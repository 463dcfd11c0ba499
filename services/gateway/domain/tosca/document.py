"""A YAML document as plain values, with the place of everything in it."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self, TypeAlias

from shared.contracts.topology import Json, Path

Position = tuple[int, int]
"""Line and column, both counted from 1."""

Marks: TypeAlias = "array[int]"
"""Positions in the order of a container's keys or items, each as one number: `line * COLUMNS + column`."""

COLUMNS = 1 << 32
NUMBER: Final = "q"


class SourceFloat(float):
    """A number with a point that remembers how it was written: version 14.10 is not version 14.1."""

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str) -> Self:
        """Reads YAML's forms of a number, underscores included."""
        number = super().__new__(cls, text.replace("_", ""))
        number.text = text
        return number


@dataclass(slots=True)
class Document:
    """`root` is made of dict (text keys, in order), list, str, int, float, bool and None.

    `marks` says per container (by identity) where each of its keys or items stands, as the bytes of `Marks`: they take
    little room, and are nothing that the collector of garbage has to visit. `duplicates` names keys that were
    given twice, and `again` says of each, by its container's identity, where it stood last.
    `sources` keeps the documents that this one was merged from alive, for `marks` goes by identity.
    """

    root: Json
    marks: dict[int, bytes] = field(default_factory=dict)
    again: dict[tuple[int, str], int] = field(default_factory=dict)
    duplicates: list[tuple[Path, Position]] = field(default_factory=list)
    sources: "tuple[Document, ...]" = ()

    def position(self, path: Path) -> Position:
        """Where the path, or as much of it as there is, stands."""
        here, position = self.root, (1, 1)
        for part in path:
            mark = self._mark(here, part)
            if not mark:
                break
            position = divmod(mark, COLUMNS)
            here = here[part]
        return position

    def marks_of(self, container: Json) -> Sequence[int]:
        """Where each key or item of the container stands; nothing if it is none of the document's."""
        return memoryview(self.marks.get(id(container), b"")).cast(NUMBER)

    def _mark(self, container: Json, part: str | int) -> int:
        marks = self.marks_of(container)
        if isinstance(part, int):
            return marks[part] if isinstance(container, list) and part < len(marks) else 0
        last = self.again.get((id(container), part))
        if last is not None or not isinstance(container, dict):
            return last or 0
        return next((mark for key, mark in zip(container, marks, strict=False) if key == part), 0)


def as_text(value: Json) -> str:
    """A scalar as the text it was written as."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.text if isinstance(value, SourceFloat) else str(value)


def split(text: str, separators: str) -> list[str]:
    """The pieces of a text between any of the separating characters, as `token` means them."""
    for character in separators[1:]:
        text = text.replace(character, separators[0])
    return text.split(separators[0])
