"""How trials went: what each outcome teaches of its service, of its sort of topology, and of both together.

What is remembered fades: a recent outcome counts for one, one a half-life ago for half. A fault that was not the site's
teaches nothing. Durations are kept as logarithms: trials are as often twice as slow as twice as fast.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from math import log
from typing import NamedTuple

from services.ranker.domain.columns import Columns
from services.ranker.domain.offer import Place
from shared.contracts.vocabulary import ServiceId, SiteId

EVERYWHERE: Place = (SiteId(""), ServiceId(""))
EVERY_SORT = ""
FORGIVEN = 0.5
"""A success halves what is remembered of recent failures."""
LEAST_SECONDS = 1.0


class Experience(NamedTuple):
    """As of `at` (seconds of the epoch): fading counts, recent failures, and how long trials took.

    `log_good` and `spread` are mean and variance of the logarithm of seconds to succeed, `log_bad` the mean to fail.
    """

    succeeded: float = 0.0
    failed: float = 0.0
    recent: float = 0.0
    log_good: float = 0.0
    spread: float = 0.0
    log_bad: float = 0.0
    at: float = 0.0


class Fading(NamedTuple):
    """How fast what is remembered loses half its worth: counts, and recent failures."""

    counts: timedelta
    recent: timedelta


Topic = tuple[Place, str]
"""A service or everywhere, and a sort of topology or every sort."""


class Outcome(NamedTuple):
    """A trial that ended: at `at`, after so many seconds."""

    place: Place
    sort: str
    failed: bool
    seconds: float
    at: float

    def topics(self) -> tuple[Topic, ...]:
        """What it teaches of."""
        return (
            (self.place, EVERY_SORT),
            (self.place, self.sort),
            (EVERYWHERE, EVERY_SORT),
            (EVERYWHERE, self.sort),
        )


class Lore:
    """All experience, by sort of topology and then by place, in columns."""

    def __init__(self, known: Mapping[Topic, Experience]) -> None:
        sorts: dict[str, dict[Place, Experience]] = {}
        for (place, sort), experience in known.items():
            sorts.setdefault(sort, {})[place] = experience
        self._sorts = {sort: Columns(len(Experience._fields), rows) for sort, rows in sorts.items()}
        self._borrowed: set[str] = set()

    def of_sort(self, sort: str) -> Columns[Place]:
        """What is known of trials of one sort."""
        return self._sorts.get(sort) or Columns(len(Experience._fields))

    def get(self, topic: Topic) -> Experience:
        """What is known of a topic; nothing is all zeros."""
        return Experience(*self.of_sort(topic[1]).get(topic[0]).tolist())

    def put(self, topic: Topic, experience: Experience) -> None:
        """From now on this is known of the topic."""
        place, sort = topic
        if sort in self._borrowed:
            self._sorts[sort] = self._sorts[sort].fork()
            self._borrowed.discard(sort)
        self._sorts.setdefault(sort, Columns(len(Experience._fields))).put(place, experience)

    def fork(self) -> "Lore":
        """A copy that may change without this one changing; what does not change is not copied."""
        other = Lore({})
        other._sorts, other._borrowed = dict(self._sorts), set(self._sorts)
        return other

    def __iter__(self) -> Iterator[tuple[Topic, Experience]]:
        """Everything, in order."""
        for sort, columns in sorted(self._sorts.items()):
            for place, values in sorted(columns.items()):
                yield (place, sort), Experience(*values)


def after(before: Experience, outcome: Outcome, fading: Fading) -> Experience:
    """The experience with one more trial. An outcome told late counts as of the latest time known."""
    at = max(before.at, outcome.at)
    kept, recent = (fade(at - before.at, half_life) if before.at else 0.0 for half_life in fading)
    took = log(max(LEAST_SECONDS, outcome.seconds))
    good, bad = before.succeeded * kept, before.failed * kept
    if outcome.failed:
        log_bad = before.log_bad + (took - before.log_bad) / (bad + 1)
        return before._replace(
            succeeded=good, failed=bad + 1, recent=before.recent * recent + 1, log_bad=log_bad, at=at
        )
    step = 1 / (good + 1)
    log_good = before.log_good + (took - before.log_good) * step
    spread = (1 - step) * (before.spread + step * (took - before.log_good) ** 2) if good else 0.0
    return before._replace(
        succeeded=good + 1,
        failed=bad,
        recent=before.recent * recent * FORGIVEN,
        log_good=log_good,
        spread=spread,
        at=at,
    )


def fade(age: float, half_life: timedelta) -> float:
    """What is left of one after so many seconds."""
    return float(0.5 ** (max(0.0, age) / half_life.total_seconds()))
