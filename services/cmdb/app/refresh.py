"""Keeps the store at what the federation folder says, and tells what changed in the same transaction."""

import logging
from collections.abc import Container, Mapping
from dataclasses import replace
from datetime import timedelta

from services.cmdb.app.inventory import Inventory
from services.cmdb.domain.assembly import FILE
from services.cmdb.ports import Federation, Said, Seen, Sites
from shared.contracts.topology import Json
from shared.contracts.vocabulary import SiteId
from shared.messaging.database import Database
from shared.messaging.transaction import Clock, Work
from shared.runtime.yaml_files.reading import Problem
from shared.runtime.yaml_files.standing import Standing

log = logging.getLogger(__name__)
SOURCE = "cmdb"
FOLDER = "the federation folder"
TIME = "time"


class Refresh:
    """One look at the folder per call. `standing` is how it stood at the last one.

    What was removed is forgotten after `retention`.
    """

    def __init__(
        self,
        federation: Federation,
        sites: Sites,
        inventory: Inventory,
        database: Database,
        clock: Clock,
        *,
        retention: timedelta = timedelta(days=30),
    ) -> None:
        self.standing = Standing(log)
        self._federation = federation
        self._sites = sites
        self._inventory = inventory
        self._database = database
        self._clock = clock
        self._retention = retention

    async def refresh(self) -> None:
        """Read, compare with the store, keep and tell the difference. Raises only what the database raises."""
        seen = await self._federation.read()
        self._note(seen)
        async with self._database.transaction() as connection:
            work = Work(connection, SOURCE, self._clock())
            await self._sites.hold(connection)
            if seen.there:
                known = await self._sites.layer(connection, FILE)
                news = _news(known, seen.sites, self._inventory.misfits)
                await self._inventory.lay(work, FILE, news, FOLDER)
            if due := await self._sites.due(connection, work.at):
                await self._inventory.recompose(work, due)
            await self._sites.forget(connection, work.at - self._retention)
            await work.flush()
        work.committed()
        if seen.there:
            self._note(seen)
            self.standing.settle()

    def _note(self, seen: Seen) -> None:
        misfits = [
            Problem(f"sites/{site}.yaml", 0, f"{fault.path or 'the site'}: {fault.sentence}")
            for site, misfit in sorted(self._inventory.misfits.items())
            if seen.sites.get(site) is not None
            for fault in misfit.faults
        ]
        self.standing.note(replace(seen, problems=(*seen.problems, *misfits)))


def _news(
    known: Mapping[SiteId, Mapping[str, Json]],
    seen: Mapping[SiteId, Mapping[str, Json] | None],
    misfits: Container[SiteId],
) -> dict[SiteId, Said | None]:
    """What the folder says differently now, and what did not fit last time. A file that cannot be read says nothing."""
    said: dict[SiteId, Said | None] = {site: None for site in known if site not in seen}
    for site, document in seen.items():
        if document is not None and (known.get(site) != document or site in misfits):
            said[site] = Said(document, founds=True)
    return said
