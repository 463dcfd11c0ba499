"""The audit trail: who did what to what, for whom and from where, in a chain that shows every hole.

Each link's hash covers the entry and the hash before it (as in RFC 6962's logs, without the tree): whoever changes,
removes or inserts an entry changes every hash after it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from shared.contracts.audit import Deed, Doing, Outcome
from shared.contracts.vocabulary import Value

FIRST = "0" * 64
"""What stands before the first entry."""


class Link(Value):
    """A deed in its place of the chain; `seq` begins at 1 and has no gap."""

    seq: int
    deed: Deed
    before: str
    hash: str


class Broken(Value):
    """The first place where the chain does not hold, and why."""

    seq: int
    sentence: str


@dataclass(frozen=True, slots=True)
class AuditQuestion:
    """Which entries to read. `issuer` is of whom did it or of whom it was done to; nobody's are in every answer."""

    issuer: str | None = None
    about: str | None = None
    subject: str | None = None
    doing: Doing | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    page: int = 0
    size: int = 50


class Entry(NamedTuple):
    """One entry of the audit trail; it has no place in the chain for the moment before it is linked."""

    seq: int | None
    deed: Deed
    hash: str | None


def linked(deeds: Iterable[Deed], *, seq: int = 0, before: str = FIRST) -> list[Link]:
    """The deeds as links behind the link `seq`, whose hash is `before`."""
    links = []
    for deed in deeds:
        seq += 1
        link = Link(seq=seq, deed=deed, before=before, hash=hash_of(seq, deed, before))
        links.append(link)
        before = link.hash
    return links


def hash_of(seq: int, deed: Deed, before: str) -> str:
    """SHA-256, in hex, over place, deed and the hash before it."""
    return hashlib.sha256(f"{seq}\n{before}\n{deed.model_dump_json(exclude_defaults=True)}".encode()).hexdigest()


def first_broken(links: Iterable[Link], *, seq: int = 0, before: str = FIRST) -> Broken | None:
    """Where the chain behind the link `seq` breaks first, or `None` when all of it holds."""
    for link in links:
        if link.seq != seq + 1:
            return Broken(seq=seq + 1, sentence=f"Entry {seq + 1} is missing; the next one there is {link.seq}.")
        if link.before != before:
            return Broken(seq=link.seq, sentence=f"Entry {link.seq} does not follow the entry before it.")
        if link.hash != hash_of(link.seq, link.deed, link.before):
            return Broken(seq=link.seq, sentence=f"Entry {link.seq} is not what it was when it was written.")
        seq, before = link.seq, link.hash
    return None
