"""What has changed between the agreements of the federation folder that we know and those we see."""

from collections.abc import Mapping
from dataclasses import replace

from services.slam.domain.lifecycle import Status
from services.slam.domain.record import Record
from shared.contracts.vocabulary import AgreementId


def diff(known: Mapping[AgreementId, Record], seen: Mapping[AgreementId, Record | None]) -> tuple[Record, ...]:
    """The next revisions that make who knew `known` know `seen`, in the order of the agreements' ids.

    `None` is an agreement that is there and cannot be understood now: it stays as it is known. One that is seen no
    more is terminated, once.
    """
    changed = [_next(known.get(record.id), record) for record in seen.values() if record is not None]
    gone = [
        replace(record, status=Status.TERMINATED, revision=record.revision + 1)
        for record in known.values()
        if record.id not in seen and record.status is not Status.TERMINATED
    ]
    return tuple(sorted([*(one for one in changed if one is not None), *gone], key=lambda record: record.id))


def _next(known: Record | None, seen: Record) -> Record | None:
    if known is None:
        return seen
    following = replace(seen, revision=known.revision)
    return None if following == known else replace(seen, revision=known.revision + 1)
