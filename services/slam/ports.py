"""What slam needs of the world."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from services.slam.domain.lifecycle import Status
from services.slam.domain.record import Record
from services.slam.domain.terms import Terms
from shared.contracts.agreements import AgreementChanged
from shared.contracts.vocabulary import AgreementId, Principal
from shared.runtime.yaml_files.standing import Look


@dataclass(frozen=True, slots=True)
class Seen(Look):
    """The agreements as they are written now; `None` is one that cannot be read."""

    agreements: Mapping[AgreementId, Record | None]


class Federation(Protocol):
    """Where agreements are written down."""

    async def read(self) -> Seen:
        """What is written now. Whatever is wrong is among the problems; raises nothing."""
        ...


class Kept(NamedTuple):
    """An agreement as it stands in the store: since when, what was told of it last, when to look at it again."""

    record: Record
    changed_at: datetime
    told: AgreementChanged | None = None
    next_at: datetime | None = None


class Version(NamedTuple):
    """An agreement as it stood from a moment on: what was done then, by whom (nobody: the folder), and why."""

    agreement: AgreementId
    revision: int
    at: datetime
    act: str
    status: Status
    terms: Terms
    who: Principal | None = None
    comment: str = ""


class Tally(NamedTuple):
    """How many agreements were told to be in each state, and when the next one changes by its dates."""

    states: Mapping[str, int]
    next_at: datetime | None


class Near(NamedTuple):
    """Where somebody's agreements can be: those of these groups (without a leading slash), and those at these sites."""

    groups: Collection[str]
    sites: Collection[str]


class Agreements(Protocol):
    """Where agreements are kept. Everything happens in the caller's transaction.

    What is read with a lock, nobody else can read so or write until the transaction ends.
    """

    async def from_files(self, connection: AsyncConnection, named: Collection[AgreementId]) -> dict[AgreementId, Kept]:
        """All that were written in the folder, and whatever has one of these names. Locked; one at a time."""
        ...

    async def one(self, connection: AsyncConnection, agreement: AgreementId, *, lock: bool = False) -> Kept | None:
        """One agreement."""
        ...

    async def look(
        self,
        connection: AsyncConnection,
        *,
        group: str | None = None,
        site: str | None = None,
        near: Near | None = None,
    ) -> list[Kept]:
        """Those of a group, at a site, or all, by id, without keeping anybody waiting.

        With `near` those that are not there may be left out, unless they list managers.
        """
        ...

    async def due(self, connection: AsyncConnection, at: datetime, most: int) -> list[Kept]:
        """Those to be looked at again by then, the earliest first, without those that others are at work on. Locked."""
        ...

    async def reconsider(self, connection: AsyncConnection, at: datetime) -> None:
        """Let all that dates can change be due then: the rules may be others than when they were looked at last."""
        ...

    async def keep(self, connection: AsyncConnection, changed: Sequence[Kept]) -> None:
        """Write them as they are now."""
        ...

    async def remember(self, connection: AsyncConnection, versions: Sequence[Version]) -> None:
        """Add to the history."""
        ...

    async def history(self, connection: AsyncConnection, agreement: AgreementId) -> list[Version]:
        """All versions, the first one first."""
        ...

    async def tally(self, connection: AsyncConnection) -> Tally:
        """See `Tally`."""
        ...
