"""Why slam does not do what it is asked. Each has a sentence that is safe to show."""

from dataclasses import dataclass

from services.slam.ports import Kept


class Unknown(LookupError):
    """There is no such agreement for this person."""


class Forbidden(Exception):
    """Somebody else might; the text says who."""


class Impossible(Exception):
    """Nobody can, as the agreement is now; the text says what is possible."""


class Stale(Exception):
    """The agreement is another than the one that was looked at. `kept` is how it is now; `precondition`: by header."""

    def __init__(self, kept: Kept, *, precondition: bool) -> None:
        revision = kept.record.revision
        super().__init__(f"The agreement has changed since you looked at it: it is at revision {revision} now.")
        self.kept = kept
        self.precondition = precondition


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong in what was sent: where, what was found, what is allowed."""

    where: str
    found: str
    allowed: str


class Unfit(Exception):
    """What was sent cannot be; `flaws` has all that is known to be wrong."""

    def __init__(self, *flaws: Flaw) -> None:
        super().__init__("; ".join(f"{flaw.where}: found {flaw.found}; allowed: {flaw.allowed}" for flaw in flaws))
        self.flaws = flaws
