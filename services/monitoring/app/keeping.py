"""Judges what was seen, keeps it, and tells what others want to know: in one transaction, a handful of statements.

What is kept is judged by itself; what is told has the health of the service as a whole, as others hear one word after
another and would take the newest for the truth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.monitoring.domain.availability import Lane, counts
from services.monitoring.domain.news import newsworthy
from services.monitoring.domain.service import USUAL_FRESHNESS, Freshness
from services.monitoring.domain.sighting import Known, Sighting, is_news
from services.monitoring.domain.standing import NOTHING_SEEN, USUAL, Patience, judge, worst
from services.monitoring.ports import Judged, Observations
from shared.contracts.sites import Availability, Health
from shared.contracts.streams import OBSERVATIONS
from shared.messaging.transaction import Work

UNKNOWN = Availability()


@dataclass(frozen=True, slots=True)
class Manner:
    """When a service counts as down and up again, which views count, and how often an unchanged standing is told."""

    patience: Patience = USUAL
    heartbeat: timedelta = timedelta(minutes=2)
    freshness: Freshness = USUAL_FRESHNESS


USUAL_MANNER = Manner()


class Keeping:
    """What becomes of sightings."""

    def __init__(self, observations: Observations, manner: Manner = USUAL_MANNER) -> None:
        self._observations = observations
        self._manner = manner

    async def keep(self, work: Work, sightings: Sequence[Sighting]) -> None:
        """Judge, keep and tell. The caller has made sure that nobody else does so for the same sites now."""
        if not sightings:
            return
        places = sorted({(sighting.observed.site, sighting.observed.service) for sighting in sightings})
        known = {one.lane: one for one in await self._observations.standings(work.connection, places)}
        judged = [self._judged(known, sighting) for sighting in sightings]
        verdicts = [
            (one.lane, one.observed.observed_at, one.observed.available)
            for one, after in zip(sightings, judged, strict=True)
            if after.fresh and one.observed.available is not None
        ]
        await self._observations.count(work.connection, counts(verdicts))
        shares = await self._observations.availability(work.connection, {one.lane for one in sightings}, work.at)
        kept = [Judged(_with(one.known, shares), one.fresh) for one in judged]
        last = {one.known.lane: one.known for one in kept}
        told = {lane: self._told(work, word, self._whole(work, lane, known)) for lane, word in last.items()}
        await self._observations.keep(
            work.connection,
            [one._replace(known=told[one.known.lane]) if last[one.known.lane] is one.known else one for one in kept],
        )

    def _judged(self, known: dict[Lane, Known], sighting: Sighting) -> Judged:
        """What is known after this one; earlier ones of the same batch are in `known` already."""
        before = known.get(sighting.lane)
        news, standing = is_news(before, sighting), before.standing if before else NOTHING_SEEN
        if news:
            seen = sighting.observed
            standing = judge(standing, seen.available, seen.observed_at, self._manner.patience)
        observed = sighting.observed.model_copy(update={"health": standing.health})
        after = Known(observed, standing, before.told if before else None)
        known[sighting.lane] = after
        return Judged(after, news)

    def _whole(self, work: Work, lane: Lane, known: Mapping[Lane, Known]) -> Health | None:
        """The worst that any fresh view makes of the lane's service."""
        views = (one for other, one in known.items() if other[:2] == lane[:2])
        stale = self._manner.freshness.stale
        return worst(one.standing.health for one in views if not stale(one, work.at))

    def _told(self, work: Work, known: Known, whole: Health | None) -> Known:
        update: dict[str, object] = {"health": whole}
        if known.standing.health is None:
            update["available"] = whole is not Health.UNHEALTHY
        observed = known.observed.model_copy(update=update)
        if not newsworthy(known.told, observed, self._manner.heartbeat):
            return known
        work.tell(OBSERVATIONS, observed)
        return known._replace(told=observed)


def _with(known: Known, shares: Mapping[Lane, Availability]) -> Known:
    share = shares.get(known.lane, UNKNOWN)
    return known._replace(observed=known.observed.model_copy(update={"availability": share}))
