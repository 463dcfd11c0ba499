"""How the trials at a service went lately: failures that were the site's fault, fading as time passes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FORGIVEN = 0.5
"""A success halves what is remembered."""


@dataclass(frozen=True, slots=True)
class Experience:
    """So many recent failures as of `at`; one counts for one when it happens and for half a half-life later."""

    failures: float
    at: datetime

    def faded(self, at: datetime, half_life: timedelta) -> float:
        """What is left of the failures at a later time; an earlier one counts as the same."""
        age = max(timedelta(), at - self.at)
        return float(self.failures * 0.5 ** (age / half_life))


def after_trial(before: Experience | None, *, failed: bool, at: datetime, half_life: timedelta) -> Experience:
    """The experience with one more trial."""
    remembered = before.faded(at, half_life) if before else 0.0
    failures = remembered + 1 if failed else remembered * FORGIVEN
    return Experience(failures, max(at, before.at) if before else at)
