"""What slam needs of the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.agreements import AgreementChanged
from shared.contracts.vocabulary import AgreementId
from shared.runtime.yaml_files.standing import Look


@dataclass(frozen=True, slots=True)
class Seen(Look):
    """The agreements as they are written now; `None` is one that cannot be read."""

    agreements: Mapping[AgreementId, AgreementChanged | None]


class Federation(Protocol):
    """Where agreements are written down."""

    async def read(self) -> Seen:
        """What is written now. Whatever is wrong is among the problems; raises nothing."""
        ...


class Kept(NamedTuple):
    """An agreement as it stands in the store, since when."""

    agreement: AgreementChanged
    changed_at: datetime


class Agreements(Protocol):
    """Where agreements are kept. Everything happens in the caller's transaction."""

    async def known(self, connection: AsyncConnection) -> dict[AgreementId, AgreementChanged]:
        """All agreements, terminated ones too; nobody else can know or write them until the transaction ends."""
        ...

    async def write(self, connection: AsyncConnection, changes: Sequence[AgreementChanged], at: datetime) -> None:
        """Keep what has changed."""
        ...

    async def look(
        self, connection: AsyncConnection, *, agreement: AgreementId | None = None, group: str | None = None
    ) -> list[Kept]:
        """One agreement, or those of a group, or all, by id, without keeping anybody waiting."""
        ...
