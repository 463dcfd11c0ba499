"""Writes what has become of agreements, with its history, and tells it, in one transaction."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from services.slam.domain.record import Record, fact, next_change
from services.slam.ports import Agreements, Kept, Version
from shared.contracts.agreements import AgreementChanged
from shared.contracts.streams import AGREEMENTS
from shared.contracts.vocabulary import Principal
from shared.messaging.transaction import Work

SOURCE = "slam"


class Changed(NamedTuple):
    """A new revision of an agreement, what made it, who (nobody: the folder), and what was told before."""

    record: Record
    act: str
    who: Principal | None = None
    comment: str = ""
    told: AgreementChanged | None = None


class Keeping:
    """What is told of an agreement is what its terms mean at that moment; the same thing is never told twice in a row.

    `warning` is how long before its end an agreement is expiring.
    """

    def __init__(self, agreements: Agreements, warning: timedelta) -> None:
        self._agreements = agreements
        self.warning = warning

    async def change(self, work: Work, changes: Sequence[Changed]) -> list[Kept]:
        """Keep, remember and tell new revisions; returns them as they are kept."""
        kept = [self._look(work, Kept(change.record, work.at, change.told)) for change in changes]
        await self._agreements.keep(work.connection, kept)
        versions = [
            Version(
                change.record.id,
                change.record.revision,
                work.at,
                change.act,
                change.record.status,
                change.record.terms,
                change.who,
                change.comment,
            )
            for change in changes
        ]
        await self._agreements.remember(work.connection, versions)
        return kept

    async def turn(self, work: Work, due: Sequence[Kept]) -> list[AgreementChanged]:
        """Tell what dates have changed, and find the next date of each; returns what was told."""
        looked = [self._look(work, kept) for kept in due]
        await self._agreements.keep(work.connection, looked)
        return [now.told for now, before in zip(looked, due, strict=True) if now.told and now.told != before.told]

    def _look(self, work: Work, kept: Kept) -> Kept:
        now = fact(kept.record, work.at, self.warning)
        if now != kept.told:
            work.tell(AGREEMENTS, now)
        return Kept(kept.record, kept.changed_at, now, next_change(kept.record, work.at, self.warning))
