"""How a service stands by what one collector saw of it lately: health that one bad minute does not change."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.sites import Health

GOOD, BAD = "1", "0"
Verdict = bool | None
"""What one look says: well, ill, or nothing."""
WORST_FIRST = (Health.UNHEALTHY, Health.DEGRADED, Health.HEALTHY)


@dataclass(frozen=True, slots=True)
class Patience:
    """So many bad ones among the last `window` make a service unhealthy, so many good ones in a row heal it."""

    down: int = 3
    window: int = 5
    up: int = 2

    def __post_init__(self) -> None:
        """Raises `ValueError` where an outage could never begin or never end."""
        if not 1 <= self.down <= self.window or not 1 <= self.up <= self.window:
            raise ValueError(f"allowed: 1 ≤ down ≤ window and 1 ≤ up ≤ window; found {self}")


@dataclass(frozen=True, slots=True)
class Standing:
    """The judgement, the last verdicts it rests on (oldest first), and the newest time at which one was seen."""

    health: Health | None = None
    recent: tuple[bool, ...] = ()
    at: datetime | None = None

    @property
    def written(self) -> str:
        """The verdicts as text."""
        return "".join(GOOD if good else BAD for good in self.recent)


USUAL, NOTHING_SEEN = Patience(), Standing()


def verdicts(written: str) -> tuple[bool, ...]:
    """The verdicts from text."""
    return tuple(mark == GOOD for mark in written)


def judge(before: Standing, verdict: Verdict, at: datetime, patience: Patience = USUAL) -> Standing:
    """The standing after one more verdict; none changes nothing.

    Unhealthy lasts until enough good ones came in a row, whatever leaves the window meanwhile; between healthy and
    unhealthy lies degraded. Healing forgets what was before, so that an old outage does not begin again by one bad.
    """
    if verdict is None:
        return before
    newest = at if before.at is None else max(before.at, at)
    recent = (*before.recent, verdict)[-patience.window :]
    if all(recent[-patience.up :]) and (len(recent) >= patience.up or before.health in (None, Health.HEALTHY)):
        return Standing(Health.HEALTHY, recent[-patience.up :], newest)
    if before.health is Health.UNHEALTHY or recent.count(False) >= patience.down:
        return Standing(Health.UNHEALTHY, recent, newest)
    return Standing(Health.DEGRADED, recent, newest)


def worst(healths: Iterable[Health | None]) -> Health | None:
    """The worst of what is known; nothing known is `None`."""
    known = set(healths)
    return next((health for health in WORST_FIRST if health in known), None)
