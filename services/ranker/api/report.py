"""Replays on paper: a table for people, lines of JSON for programs."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from services.ranker.app.replay import Replayed


def as_json(replayed: Replayed) -> str:
    """One line."""
    return json.dumps(asdict(replayed) | {"at": replayed.at.isoformat()}, ensure_ascii=False)


def as_table(replays: Sequence[Replayed]) -> Iterator[str]:
    """A line for each whose winner is another or unknown, and a line that counts them all."""
    rows = [_row(one) for one in replays if not one.same]
    head = ("ranked at", "deployment", "was", "would be", "why")
    if rows:
        widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head) - 1)]
        for row in (head, *rows):
            cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)]
            yield "  ".join((*cells, row[-1])).rstrip()
    yield count(replays)


def count(replays: Sequence[Replayed]) -> str:
    """How many kept their winner, and how many every byte."""
    kinds = Counter("not replayed" if one.again is None else "same" if one.same else "another" for one in replays)
    identical = sum(one.identical for one in replays)
    return (
        f"{len(replays)} rankings: {kinds['same']} with the same first place ({identical} the same to the byte),"
        f" {kinds['another']} with another, {kinds['not replayed']} not replayed"
    )


def _row(one: Replayed) -> tuple[str, ...]:
    return (f"{one.at:%Y-%m-%d %H:%M:%S}", f"{one.deployment}/{one.revision}", one.was, one.again or "?", one.why)
