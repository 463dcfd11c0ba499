"""Keeps the store at what the federation folder says, and tells what changed in the same transaction."""

import logging

from services.cmdb.domain.inventory import Change, diff
from services.cmdb.ports import Federation, Seen, Sites
from shared.contracts.streams import SITES
from shared.messaging.database import Database
from shared.messaging.transaction import Clock, Work
from shared.runtime.yaml_files.reading import Problem

log = logging.getLogger(__name__)
SOURCE = "cmdb"


class Refresh:
    """One look at the folder per call. `problems` is what was wrong at the last look."""

    def __init__(self, federation: Federation, sites: Sites, database: Database, clock: Clock) -> None:
        self.problems: tuple[Problem, ...] = ()
        self._federation = federation
        self._sites = sites
        self._database = database
        self._clock = clock
        self._trouble: str | None = "the federation folder has not been read yet"

    async def refresh(self) -> None:
        """Read, compare with the store, keep and tell the difference. Raises only what the database raises."""
        seen = await self._federation.read()
        self._note(seen)
        if not seen.there:
            return
        async with self._database.transaction() as connection:
            work = Work(connection, SOURCE, self._clock())
            changes = diff(await self._sites.known(connection), seen.sites)
            await self._sites.write(connection, changes, work.at)
            for change in changes:
                work.tell(SITES, change)
            await work.flush()
        work.committed()
        self._trouble = None
        _report(changes)

    async def check(self) -> str | None:
        """For the readiness: a broken file is no reason to stop serving the others, an unreadable folder is."""
        return self._trouble

    def _note(self, seen: Seen) -> None:
        for problem in seen.problems:
            if problem not in self.problems:
                log.error("%s", problem)
        self.problems = seen.problems
        if not seen.there:
            self._trouble = "the federation folder cannot be read; see /problems"


def _report(changes: tuple[Change, ...]) -> None:
    for change in changes:
        log.info("told %s of %s", change.type(), change.site)
