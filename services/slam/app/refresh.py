"""Keeps the store at what the federation folder says, and tells what changed in the same transaction."""

import logging

from services.slam.domain.agreements import diff
from services.slam.ports import Agreements, Federation, Seen
from shared.contracts.sites import AgreementChanged
from shared.contracts.streams import AGREEMENTS
from shared.messaging.database import Database
from shared.messaging.transaction import Clock, Work
from shared.runtime.yaml_files.reading import Problem

log = logging.getLogger(__name__)
SOURCE = "slam"


class Refresh:
    """One look at the folder per call. `problems` is what was wrong at the last look."""

    def __init__(self, federation: Federation, agreements: Agreements, database: Database, clock: Clock) -> None:
        self.problems: tuple[Problem, ...] = ()
        self._federation = federation
        self._agreements = agreements
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
            changes = diff(await self._agreements.known(connection), seen.agreements)
            await self._agreements.write(connection, changes, work.at)
            for change in changes:
                work.tell(AGREEMENTS, change)
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


def _report(changes: tuple[AgreementChanged, ...]) -> None:
    for change in changes:
        log.info("told that agreement %s is %s", change.agreement, change.state)
