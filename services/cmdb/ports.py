"""What the cmdb needs of the world."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple, Protocol

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cmdb.domain.differences import Difference
from services.cmdb.domain.discovered import Found, Known, Target
from services.cmdb.domain.record import Owner, SiteRecord
from shared.contracts.sites import ServiceStatus, SiteDescribed
from shared.contracts.topology import Json
from shared.contracts.vocabulary import SiteId
from shared.messaging.transaction import Work
from shared.runtime.yaml_files.standing import Look


@dataclass(frozen=True, slots=True)
class Seen(Look):
    """What the federation folder says of each site; `None` is a site whose file cannot be read."""

    sites: Mapping[SiteId, Mapping[str, Json] | None]


class Federation(Protocol):
    """Where operators describe sites."""

    async def read(self) -> Seen:
        """What is described now. Whatever is wrong is among the problems; raises nothing."""
        ...


class Removal(NamedTuple):
    """When something was removed, and by whom."""

    at: datetime
    by: str


@dataclass(frozen=True)
class Kept:
    """A site as it stands in the store. `revision` counts its changes.

    `body` is what was told, `document` what it is made of, `origins` where that is from, each as JSON: they are large,
    and not everybody needs all three.
    """

    id: SiteId
    revision: int
    changed_at: datetime
    status: ServiceStatus
    removal: Removal | None
    body: str
    document: str
    origins: str

    @cached_property
    def site(self) -> SiteDescribed:
        """What was told."""
        return SiteDescribed.model_validate_json(self.body)

    @cached_property
    def record(self) -> SiteRecord:
        """The record whole."""
        return SiteRecord.model_validate_json(self.document)

    @property
    def provenance(self) -> dict[str, str]:
        """For each place of the record the layer that it is from."""
        found: dict[str, str] = json.loads(self.origins)
        return found

    @cached_property
    def owners(self) -> dict[str, tuple[Owner, ...]]:
        """Who owns each service, by its id; who owns the site, under the empty name."""
        document = json.loads(self.document)
        owned = {"": document, **{service["id"]: service for service in document.get("services", ())}}
        return {
            id: tuple(Owner.model_validate(owner) for owner in thing.get("owners") or ()) for id, thing in owned.items()
        }


class Said(NamedTuple):
    """What one layer says of a site. A site is there as long as a layer that `founds` it is."""

    document: Mapping[str, Json]
    founds: bool


class Standing(NamedTuple):
    """A site before a change."""

    site: SiteDescribed
    document: Mapping[str, Json]
    provenance: Mapping[str, str]
    revision: int
    removed: bool


class Written(NamedTuple):
    """A site after a change, to be kept. `due` is when it changes by itself. No site: it is removed."""

    id: SiteId
    revision: int
    by: str
    site: SiteDescribed | None
    status: ServiceStatus
    document: Mapping[str, Json]
    provenance: Mapping[str, str]
    due: datetime | None
    differences: Sequence[Difference]
    gone: Mapping[str, Mapping[str, Json]]


class Wanted(NamedTuple):
    """Which sites somebody asks for; what is not said does not matter. `type` to `gpu` are of one and the same service.

    `after` is the id behind which a page begins.
    """

    country: str | None = None
    issuer: str | None = None
    type: str | None = None
    status: str | None = None
    region: str | None = None
    backend: str | None = None
    tag: str | None = None
    group: str | None = None
    gpu: bool | None = None
    removed: bool = False
    after: str | None = None
    limit: int | None = None


class Sites(Protocol):
    """Where sites are kept. Everything happens in the caller's transaction."""

    async def hold(self, connection: AsyncConnection) -> None:
        """Nobody else can change any site until the transaction ends."""
        ...

    async def layer(self, connection: AsyncConnection, name: str) -> dict[SiteId, Mapping[str, Json]]:
        """What a layer says, of all sites."""
        ...

    async def layers(self, connection: AsyncConnection, sites: Sequence[SiteId]) -> dict[SiteId, dict[str, Said]]:
        """What all layers say of some sites, by name of the layer."""
        ...

    async def lay(
        self, connection: AsyncConnection, name: str, said: Mapping[SiteId, Said | None], at: datetime
    ) -> None:
        """Keep what a layer says of some sites; `None` takes it away."""
        ...

    async def standing(self, connection: AsyncConnection, sites: Sequence[SiteId]) -> dict[SiteId, Standing]:
        """How some sites stand, removed ones too."""
        ...

    async def due(self, connection: AsyncConnection, at: datetime) -> list[SiteId]:
        """Sites that have changed by themselves by now."""
        ...

    async def write(self, connection: AsyncConnection, written: Sequence[Written], at: datetime) -> None:
        """Keep sites with their history and the tombstones of what is gone from them."""
        ...

    async def forget(self, connection: AsyncConnection, before: datetime) -> None:
        """Forget what was removed before a time, and what had been said of it."""
        ...

    async def look(self, connection: AsyncConnection, wanted: Wanted) -> list[Kept]:
        """Sites by id, without keeping anybody waiting."""
        ...

    async def revisions(self, connection: AsyncConnection) -> dict[SiteId, tuple[int, datetime]]:
        """At which revision each site is that is there, and since when."""
        ...

    async def some(self, connection: AsyncConnection, sites: Sequence[SiteId]) -> list[Kept]:
        """Some sites by id, without keeping anybody waiting."""
        ...

    async def find(self, connection: AsyncConnection, site: SiteId) -> Kept | None:
        """One site, a removed one too, without keeping anybody waiting."""
        ...


class Change(NamedTuple):
    """An entry of a site's history."""

    revision: int
    at: datetime
    by: str
    path: str
    before: Json
    after: Json


class Tombstone(NamedTuple):
    """Something that was part of a site."""

    path: str
    removal: Removal
    body: Mapping[str, Json]


class Archive(Protocol):
    """What was. Everything happens in the caller's transaction."""

    async def history(self, connection: AsyncConnection, site: SiteId, before: int | None, limit: int) -> list[Change]:
        """Changes of a site, the newest first, those of one revision together; `before` is a revision."""
        ...

    async def tombstones(self, connection: AsyncConnection, site: SiteId) -> list[Tombstone]:
        """What was removed from a site and is not back, by path."""
        ...


class Discoverer(Protocol):
    """Reads a service of one kind from the site itself."""

    async def read(self, target: Target, credentials: Mapping[str, SecretStr]) -> Found:
        """What is there now. Raises a `Failure` whose sentence holds no secret; nothing else, whatever comes."""
        ...


class Discoveries(Protocol):
    """Where it is kept what is read and was read. Everything happens in the caller's transaction."""

    async def mark(self, connection: AsyncConnection) -> str:
        """Something that is different whenever the sites' documents are."""
        ...

    async def wanted(self, connection: AsyncConnection) -> list[Target]:
        """The services that are to be read, as the sites' documents say now."""
        ...

    async def watch(self, connection: AsyncConnection, targets: Sequence[Target], at: datetime) -> list[SiteId]:
        """Read these and no others from now on; new ones and changed ones are due at once.

        What was read of others is forgotten; returns the sites they were of.
        """
        ...

    async def claim(self, connection: AsyncConnection, at: datetime, lease: timedelta, room: int) -> list[Known]:
        """Services that are due, at most `room`; nobody else gets them before the lease has passed."""
        ...

    async def record(self, connection: AsyncConnection, known: Known, due: datetime) -> None:
        """Keep what is known now of a service that is still to be read in the same way, and when it is due again."""
        ...

    async def known(self, connection: AsyncConnection, sites: Sequence[SiteId]) -> list[Known]:
        """What is known of the services of some sites, ordered by site and service."""
        ...


class Recompose(Protocol):
    """Describes sites again from their layers, and tells those that are different from what was told."""

    async def __call__(self, work: Work, sites: Sequence[SiteId]) -> None:
        """In the transaction of `work`."""
        ...
