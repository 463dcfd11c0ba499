"""The last word of each collector on each service, a history, and counts for the availability, in PostgreSQL."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.monitoring.domain.availability import DAY, MONTH, WEEK, Count, Lane, Span, Width, availability
from services.monitoring.domain.sighting import Known
from services.monitoring.domain.standing import Standing, verdicts
from services.monitoring.domain.watched import Place
from services.monitoring.ports import Judged, Wanted
from shared.contracts.sites import Availability, SiteObserved
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId, SiteId

SLACK = timedelta(days=1)
STANDINGS = text("""
    SELECT body, recent, judged_at, told FROM observations
    JOIN unnest(CAST(:sites AS text[]), CAST(:services AS text[])) AS place (site, service) USING (site, service)
    ORDER BY key
""")
COUNT = text("""
    INSERT INTO tallies (site, service, collector, width, start, good, seen)
    SELECT * FROM unnest(CAST(:sites AS text[]), CAST(:services AS text[]), CAST(:collectors AS text[]),
                         CAST(:widths AS text[]), CAST(:starts AS timestamptz[]), CAST(:good AS int[]),
                         CAST(:seen AS int[]))
    ON CONFLICT (site, service, collector, width, start)
    DO UPDATE SET good = tallies.good + excluded.good, seen = tallies.seen + excluded.seen
""")
AVAILABILITY = text("""
    SELECT site, service, collector,
        coalesce(sum(good) FILTER (WHERE width = 'hour' AND start > CAST(:day AS timestamptz)), 0) AS day_good,
        coalesce(sum(seen) FILTER (WHERE width = 'hour' AND start > CAST(:day AS timestamptz)), 0) AS day_seen,
        coalesce(sum(good) FILTER (WHERE width = 'day' AND start > CAST(:week AS timestamptz)), 0) AS week_good,
        coalesce(sum(seen) FILTER (WHERE width = 'day' AND start > CAST(:week AS timestamptz)), 0) AS week_seen,
        coalesce(sum(good) FILTER (WHERE width = 'day' AND start > CAST(:month AS timestamptz)), 0) AS month_good,
        coalesce(sum(seen) FILTER (WHERE width = 'day' AND start > CAST(:month AS timestamptz)), 0) AS month_seen
    FROM tallies JOIN unnest(CAST(:sites AS text[]), CAST(:services AS text[]), CAST(:collectors AS text[]))
        AS lane (site, service, collector) USING (site, service, collector)
    GROUP BY site, service, collector
""")
HISTORY = text("""
    INSERT INTO history (site, service, collector, observed_at, body)
    SELECT * FROM unnest(CAST(:sites AS text[]), CAST(:services AS text[]), CAST(:collectors AS text[]),
                         CAST(:times AS timestamptz[]), CAST(:bodies AS text[]))
""")
KEEP = text("""
    INSERT INTO observations (key, site, service, collector, body, recent, judged_at, told)
    SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:sites AS text[]), CAST(:services AS text[]),
                         CAST(:collectors AS text[]), CAST(:bodies AS text[]), CAST(:recents AS text[]),
                         CAST(:judged AS timestamptz[]), CAST(:told AS text[]))
    ON CONFLICT (key) DO UPDATE SET body = excluded.body, recent = excluded.recent, judged_at = excluded.judged_at,
                                    told = excluded.told
""")
FORGET = text("""
    DELETE FROM observations WHERE collector <> ALL(CAST(:collectors AS text[])) OR (site, service) IN (
        SELECT * FROM unnest(CAST(:sites AS text[]), CAST(:services AS text[]))
    ) RETURNING key
""")
SILENCE = text("""
    DELETE FROM observations
    USING unnest(CAST(:sites AS text[]), CAST(:services AS text[]), CAST(:collectors AS text[]))
        AS lane (site, service, collector)
    WHERE observations.site = lane.site AND observations.service = lane.service
      AND observations.collector = lane.collector RETURNING key
""")
RETIRE = text("""
    DELETE FROM observations WHERE collector = :collector AND judged_at < CAST(:before AS timestamptz) RETURNING key
""")
LAST = text("""
    SELECT body, recent, judged_at, told FROM observations
    WHERE (CAST(:site AS text) IS NULL OR site = CAST(:site AS text))
      AND (CAST(:service AS text) IS NULL OR service = CAST(:service AS text)) ORDER BY key
""")
PAST = text("""
    SELECT body FROM history WHERE site = :site
      AND (CAST(:service AS text) IS NULL OR service = CAST(:service AS text))
      AND (CAST(:collector AS text) IS NULL OR collector = CAST(:collector AS text))
      AND (CAST(:since AS timestamptz) IS NULL OR observed_at >= CAST(:since AS timestamptz))
      AND (CAST(:until AS timestamptz) IS NULL OR observed_at < CAST(:until AS timestamptz))
    ORDER BY observed_at DESC LIMIT :room
""")
TIDY_HISTORY = text("DELETE FROM history WHERE observed_at < CAST(:before AS timestamptz)")
TIDY_TALLIES = text("DELETE FROM tallies WHERE width = :width AND start < CAST(:before AS timestamptz)")


class PostgresObservations:
    """See `ports.Observations` for what it promises."""

    async def standings(self, connection: AsyncConnection, places: Collection[Place]) -> list[Known]:
        columns = {"sites": [site for site, _ in places], "services": [service for _, service in places]}
        return [_known(row) for row in await connection.execute(STANDINGS, columns)]

    async def count(self, connection: AsyncConnection, counts: Sequence[Count]) -> None:
        if counts:
            stretches = {"widths": [count.width for count in counts], "starts": [count.start for count in counts]}
            sums = {"good": [count.span.good for count in counts], "seen": [count.span.seen for count in counts]}
            await connection.execute(COUNT, {**_lanes([count.lane for count in counts]), **stretches, **sums})

    async def availability(
        self, connection: AsyncConnection, lanes: Collection[Lane], at: datetime
    ) -> dict[Lane, Availability]:
        spans = {"day": at - DAY, "week": at - WEEK, "month": at - MONTH}
        rows = await connection.execute(AVAILABILITY, {**_lanes(lanes), **spans})
        return {
            Lane(row.site, row.service, row.collector): availability(
                Span(row.day_good, row.day_seen),
                Span(row.week_good, row.week_seen),
                Span(row.month_good, row.month_seen),
            )
            for row in rows
        }

    async def keep(self, connection: AsyncConnection, judged: Sequence[Judged]) -> None:
        past = [one.known.observed for one in judged if one.fresh]
        if past:
            times = {"times": [seen.observed_at for seen in past], "bodies": [_body(seen) for seen in past]}
            lanes = _lanes([one.known.lane for one in judged if one.fresh])
            await connection.execute(HISTORY, {**lanes, **times})
        last = {one.known.lane: one.known for one in judged}
        if last:
            await connection.execute(KEEP, {**_lanes(last), **_words(list(last.values()))})

    async def forget(
        self, connection: AsyncConnection, void: Collection[Place], collectors: Collection[str]
    ) -> list[str]:
        columns = {"sites": [site for site, _ in void], "services": [service for _, service in void]}
        rows = await connection.execute(FORGET, {"collectors": list(collectors), **columns})
        return sorted(row.key for row in rows)

    async def silence(self, connection: AsyncConnection, lanes: Collection[Lane]) -> list[str]:
        return sorted(row.key for row in await connection.execute(SILENCE, _lanes(lanes))) if lanes else []

    async def retire(self, connection: AsyncConnection, collector: str, before: datetime) -> list[str]:
        rows = await connection.execute(RETIRE, {"collector": collector, "before": before})
        return sorted(row.key for row in rows)

    async def last(
        self, connection: AsyncConnection, site: SiteId | None = None, service: ServiceId | None = None
    ) -> list[Known]:
        return [_known(row) for row in await connection.execute(LAST, {"site": site, "service": service})]

    async def history(self, connection: AsyncConnection, wanted: Wanted) -> list[SiteObserved]:
        return [_observed(row.body) for row in await connection.execute(PAST, wanted._asdict())]

    async def tidy(self, connection: AsyncConnection, at: datetime, keep: timedelta) -> int:
        past = await connection.execute(TIDY_HISTORY, {"before": at - keep})
        hours = await connection.execute(TIDY_TALLIES, {"width": Width.HOUR, "before": at - DAY - SLACK})
        days = await connection.execute(TIDY_TALLIES, {"width": Width.DAY, "before": at - MONTH - SLACK})
        return past.rowcount + hours.rowcount + days.rowcount


def _lanes(lanes: Collection[Lane]) -> dict[str, list[str]]:
    return {
        "sites": [lane.site for lane in lanes],
        "services": [lane.service for lane in lanes],
        "collectors": [lane.collector for lane in lanes],
    }


def _words(last: Sequence[Known]) -> dict[str, list[object]]:
    return {
        "keys": [known.observed.key for known in last],
        "bodies": [_body(known.observed) for known in last],
        "recents": [known.standing.written for known in last],
        "judged": [known.standing.at for known in last],
        "told": [None if known.told is None else _body(known.told) for known in last],
    }


def _known(row: Row[Json]) -> Known:
    observed = _observed(row.body)
    standing = Standing(observed.health, verdicts(row.recent), row.judged_at)
    return Known(observed, standing, None if row.told is None else _observed(row.told))


def _body(observed: SiteObserved) -> str:
    return observed.model_dump_json(exclude_defaults=True)


def _observed(body: str) -> SiteObserved:
    return SiteObserved.model_validate_json(body)
