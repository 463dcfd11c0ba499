"""A YAML document as plain values, with the place of everything in it."""

from dataclasses import dataclass, field
from typing import Self

from shared.contracts.topology import Json, Path

Position = tuple[int, int]
"""Line and column, both counted from 1."""


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

    `marks` says per container (by identity) where each of its keys or items stands; `duplicates` names keys that were
    given twice.
    `sources` keeps the documents that this one was merged from alive, for `marks` goes by identity.
    """

    root: Json
    marks: dict[int, dict[str | int, Position]] = field(default_factory=dict)
    duplicates: list[tuple[Path, Position]] = field(default_factory=list)
    sources: "tuple[Document, ...]" = ()

    def position(self, path: Path) -> Position:
        """Where the path, or as much of it as there is, stands."""
        here, position = self.root, (1, 1)
        for part in path:
            marks = self.marks.get(id(here))
            if marks is None or part not in marks:
                break
            position = marks[part]
            here = here[part]
        return position


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
