"""Keeps the store at what the federation folder says, and tells what changed in the same transaction."""

import logging

from services.cmdb.domain.inventory import Change, diff
from services.cmdb.ports import Federation, Sites
from shared.contracts.streams import SITES
from shared.messaging.database import Database
from shared.messaging.transaction import Clock, Work
from shared.runtime.yaml_files.standing import Standing

log = logging.getLogger(__name__)
SOURCE = "cmdb"


class Refresh:
    """One look at the folder per call. `standing` is how it stood at the last one."""

    def __init__(self, federation: Federation, sites: Sites, database: Database, clock: Clock) -> None:
        self.standing = Standing(log)
        self._federation = federation
        self._sites = sites
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
            changes = diff(await self._sites.known(connection), seen.sites)
            await self._sites.write(connection, changes, work.at)
            for change in changes:
                work.tell(SITES, change)
            await work.flush()
        work.committed()
        self.standing.settle()
        _report(changes)


def _report(changes: tuple[Change, ...]) -> None:
    for change in changes:
        log.info("told %s of %s", change.type(), change.site)
