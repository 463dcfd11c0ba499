"""Three kinds of failure, and what each does to the message that met it.

    Failure
    ├── Transient      the world is not ready: try again later, nothing is set aside
    ├── Permanent      will never work: the message goes to its dead-letter topic with the reason
    └── NeedsPerson    cannot go on without somebody: dead letter too, and an operator is told

Anything else is a bug and is treated as `Permanent`.
"""

from datetime import timedelta


class Failure(Exception):
    """Base of the three. The text is a sentence for people."""


class Transient(Failure):
    """The world is not ready; `retry_after` says when to ask again, if the other side said so."""

    def __init__(self, sentence: str, retry_after: timedelta | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Permanent(Failure):
    """Will never work, however often it is tried."""


class NeedsPerson(Failure):
    """Cannot go on until a person acts."""
