"""Keeps what is watched at what the federation folder says; what is watched no more is forgotten, on the topic too."""

import asyncio
import logging
from collections.abc import Iterable, Sequence

from sqlalchemy.exc import DBAPIError

from services.monitoring.app.store import Store
from services.monitoring.domain.watched import Changes, diff
from services.monitoring.ports import Federation
from shared.contracts.streams import OBSERVATIONS
from shared.messaging.database import is_passing
from shared.messaging.transaction import Clock, Outgoing, Work
from shared.runtime.yaml_files.standing import Standing

log = logging.getLogger(__name__)
SOURCE = "monitoring"
PAUSE = 1.0
TRIALS = "trials"
"""What trials say is kept like the word of a collector, though it goes round by itself."""


class Refresh:
    """One look at the folder per call. `standing` is how it stood at the last one."""

    def __init__(
        self,
        federation: Federation,
        store: Store,
        clock: Clock,
        collectors: Sequence[str],
    ) -> None:
        """`collectors` are those that go round."""
        self.standing = Standing(log)
        self._federation = federation
        self._store = store
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._collectors = collectors

    async def follow(self, changed: asyncio.Event) -> None:
        """Refresh whenever that happens, until cancelled; while the database is away, try again."""
        while True:
            await changed.wait()
            changed.clear()
            try:
                await self.refresh()
            except (DBAPIError, OSError) as problem:
                if not is_passing(problem):
                    raise
                log.warning("what was told cannot be kept now: %s", type(problem).__name__)
                changed.set()
            await asyncio.sleep(PAUSE)

    async def refresh(self) -> None:
        """Read, compare with the store, keep the difference. Raises only what the database raises."""
        async with self._one_at_a_time:
            await self._refresh()

    async def _refresh(self) -> None:
        seen = await self._federation.read()
        self.standing.note(seen)
        if not seen.there:
            return
        async with self._store.database.transaction() as connection:
            work = Work(connection, SOURCE, self._clock())
            changes = diff(await self._store.rota.known(connection), seen.sites)
            await self._store.rota.change(connection, changes, self._collectors, work.at)
            gone = await self._store.observations.forget(connection, changes.void, (*self._collectors, TRIALS))
            forget(work, gone)
            await work.flush()
        work.committed()
        self.standing.settle()
        _report(changes)


def forget(work: Work, keys: Iterable[str]) -> None:
    """Let the topic forget what was told under these keys."""
    for key in keys:
        work.pass_on(Outgoing(OBSERVATIONS.topic, key, (), None))


def _report(changes: Changes) -> None:
    for watched in changes.watch:
        log.info("watching %s: %s", watched.site, ", ".join(sorted(watched.services)) or "no service")
    for site in changes.drop:
        log.info("watching %s no more", site)
