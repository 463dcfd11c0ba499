"""The base of every message: a frozen fact or command that knows its name, its version and its key."""

from typing import ClassVar

from shared.contracts.vocabulary import Value


class Message(Value):
    """A fact in the past tense, or a command in the imperative.

    Identity, cause and time belong to the telling, not to the fact: see `Envelope`.
    """

    version: ClassVar[int] = 1
    redacted: ClassVar[frozenset[str]] = frozenset()

    @property
    def key(self) -> str:
        """What the message is about; messages with one key are told in order."""
        raise NotImplementedError

    @classmethod
    def type(cls) -> str:
        """The CloudEvents type: the class's own name."""
        return cls.__name__
