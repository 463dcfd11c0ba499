"""Keeps what is watched at what the federation folder says; what is watched no more is forgotten, on the topic too."""

import logging

from services.monitoring.domain.watched import Changes, diff
from services.monitoring.ports import Federation, Observations
from shared.contracts.streams import OBSERVATIONS
from shared.messaging.database import Database
from shared.messaging.transaction import Clock, Outgoing, Work
from shared.runtime.yaml_files.standing import Standing

log = logging.getLogger(__name__)
SOURCE = "monitoring"


class Refresh:
    """One look at the folder per call. `standing` is how it stood at the last one."""

    def __init__(self, federation: Federation, observations: Observations, database: Database, clock: Clock) -> None:
        self.standing = Standing(log)
        self._federation = federation
        self._observations = observations
        self._database = database
        self._clock = clock

    async def refresh(self) -> None:
        """Read, compare with the store, keep the difference. Raises only what the database raises."""
        seen = await self._federation.read()
        self.standing.note(seen)
        if not seen.there:
            return
        async with self._database.transaction() as connection:
            work = Work(connection, SOURCE, self._clock())
            changes = diff(await self._observations.known(connection), seen.sites)
            for key in await self._observations.change(connection, changes, work.at):
                work.pass_on(Outgoing(OBSERVATIONS.topic, key, (), None))
            await work.flush()
        work.committed()
        self.standing.settle()
        _report(changes)


def _report(changes: Changes) -> None:
    for watched in changes.watch:
        log.info("watching %s: %s", watched.site, ", ".join(sorted(watched.services)) or "no service")
    for site in changes.drop:
        log.info("watching %s no more", site)
