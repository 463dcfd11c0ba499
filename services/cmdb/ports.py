"""What the cmdb needs of the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cmdb.domain.inventory import Change
from shared.contracts.sites import SiteDescribed
from shared.contracts.vocabulary import SiteId
from shared.runtime.yaml_files.standing import Look


@dataclass(frozen=True, slots=True)
class Seen(Look):
    """The federation as it is described now; `None` is a site whose description cannot be read."""

    sites: Mapping[SiteId, SiteDescribed | None]


class Federation(Protocol):
    """Where sites are described."""

    async def read(self) -> Seen:
        """What is described now. Whatever is wrong is among the problems; raises nothing."""
        ...


class Kept(NamedTuple):
    """A site as it stands in the store, since when."""

    site: SiteDescribed
    changed_at: datetime


class Sites(Protocol):
    """Where sites are kept. Everything happens in the caller's transaction."""

    async def known(self, connection: AsyncConnection) -> dict[SiteId, SiteDescribed]:
        """All sites; nobody else can know or write them until the transaction ends."""
        ...

    async def write(self, connection: AsyncConnection, changes: Sequence[Change], at: datetime) -> None:
        """Keep what was described, forget what was withdrawn."""
        ...

    async def look(self, connection: AsyncConnection, site: SiteId | None = None) -> list[Kept]:
        """One site or all, by id, without keeping anybody waiting."""
        ...
