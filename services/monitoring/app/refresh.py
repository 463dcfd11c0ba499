"""Keeps what is watched at what the federation folder says; what is watched no more is forgotten, on the topic too."""

import logging

from services.monitoring.domain.watched import Changes, diff
from services.monitoring.ports import Federation, Observations, Seen
from shared.contracts.streams import OBSERVATIONS
from shared.messaging.database import Database
from shared.messaging.transaction import Clock, Outgoing, Work
from shared.runtime.yaml_files.reading import Problem

log = logging.getLogger(__name__)
SOURCE = "monitoring"


class Refresh:
    """One look at the folder per call. `problems` is what was wrong at the last look."""

    def __init__(self, federation: Federation, observations: Observations, database: Database, clock: Clock) -> None:
        self.problems: tuple[Problem, ...] = ()
        self._federation = federation
        self._observations = observations
        self._database = database
        self._clock = clock
        self._trouble: str | None = "the federation folder has not been read yet"

    async def refresh(self) -> None:
        """Read, compare with the store, keep the difference. Raises only what the database raises."""
        seen = await self._federation.read()
        self._note(seen)
        if not seen.there:
            return
        async with self._database.transaction() as connection:
            work = Work(connection, SOURCE, self._clock())
            changes = diff(await self._observations.known(connection), seen.sites)
            for key in await self._observations.change(connection, changes, work.at):
                work.pass_on(Outgoing(OBSERVATIONS.topic, key, (), None))
            await work.flush()
        work.committed()
        self._trouble = None
        _report(changes)

    async def check(self) -> str | None:
        """For the readiness: a broken file is no reason to stop watching the others, an unreadable folder is."""
        return self._trouble

    def _note(self, seen: Seen) -> None:
        for problem in seen.problems:
            if problem not in self.problems:
                log.error("%s", problem)
        self.problems = seen.problems
        if not seen.there:
            self._trouble = "the federation folder cannot be read; see /problems"


def _report(changes: Changes) -> None:
    for watched in changes.watch:
        log.info("watching %s: %s", watched.site, ", ".join(sorted(watched.services)) or "no service")
    for site in changes.drop:
        log.info("watching %s no more", site)
