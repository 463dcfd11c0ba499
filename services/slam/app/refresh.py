"""Keeps the store at what the federation folder says, and tells what changed in the same transaction."""

import logging

from services.slam.domain.agreements import diff
from services.slam.ports import Agreements, Federation
from shared.contracts.agreements import AgreementChanged
from shared.contracts.streams import AGREEMENTS
from shared.messaging.database import Database
from shared.messaging.transaction import Clock, Work
from shared.runtime.yaml_files.standing import Standing

log = logging.getLogger(__name__)
SOURCE = "slam"


class Refresh:
    """One look at the folder per call. `standing` is how it stood at the last one."""

    def __init__(self, federation: Federation, agreements: Agreements, database: Database, clock: Clock) -> None:
        self.standing = Standing(log)
        self._federation = federation
        self._agreements = agreements
        self._database = database
        self._clock = clock

    async def refresh(self) -> None:
        """Read, compare with the store, keep and tell the difference. Raises only what the database raises."""
        seen = await self._federation.read()
        self.standing.note(seen)
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
        self.standing.settle()
        _report(changes)


def _report(changes: tuple[AgreementChanged, ...]) -> None:
    for change in changes:
        log.info("told that agreement %s is %s", change.agreement, change.state)
