"""Keeps the store at what the federation folder says, and tells what changed in the same transaction."""

import logging
from collections.abc import Mapping

from services.slam.app.keeping import SOURCE, Changed, Keeping
from services.slam.domain.agreements import diff
from services.slam.domain.record import Record, Source
from services.slam.ports import Agreements, Federation, Kept, Seen
from shared.contracts.vocabulary import AgreementId
from shared.messaging.database import Database
from shared.messaging.transaction import Clock, Work
from shared.runtime.yaml_files.reading import Problem
from shared.runtime.yaml_files.standing import Look, Standing

log = logging.getLogger(__name__)
ACT = "file"


class Refresh:
    """One look at the folder per call. `standing` is how it stood at the last one."""

    def __init__(
        self, federation: Federation, agreements: Agreements, keeping: Keeping, database: Database, clock: Clock
    ) -> None:
        self.standing = Standing(log)
        self._federation = federation
        self._agreements = agreements
        self._keeping = keeping
        self._database = database
        self._clock = clock

    async def refresh(self) -> None:
        """Read, compare with the store, keep and tell the difference. Raises only what the database raises."""
        seen = await self._federation.read()
        if not seen.there:
            self.standing.note(seen)
            return
        async with self._database.transaction() as connection:
            work = Work(connection, SOURCE, self._clock())
            kept = await self._agreements.from_files(connection, seen.agreements)
            known = {name: one for name, one in kept.items() if one.record.source is Source.FILE}
            theirs = {name: record for name, record in seen.agreements.items() if name not in kept or name in known}
            changes = diff({name: one.record for name, one in known.items()}, theirs)
            await self._keeping.change(work, [_changed(change, known) for change in changes])
            await work.flush()
        work.committed()
        self.standing.note(_with_taken(seen, kept))
        self.standing.settle()
        for change in changes:
            log.info("agreement %s is %s by its file, revision %d", change.id, change.status, change.revision)


def _changed(record: Record, known: Mapping[AgreementId, Kept]) -> Changed:
    before = known.get(record.id)
    return Changed(record, ACT, told=before.told if before else None)


def _with_taken(seen: Seen, kept: Mapping[AgreementId, Kept]) -> Look:
    taken = [name for name, one in kept.items() if one.record.source is Source.PEOPLE]
    sentence = "an agreement of this name was made through the API; give the file another name"
    problems = [Problem(f"agreements/{name}.yaml", 0, sentence) for name in sorted(taken)]
    return Look(problems=(*seen.problems, *problems))
