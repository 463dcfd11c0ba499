"""A cmdb that discovers: its store is real, its clouds and its clock are not."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import SecretStr
from sqlalchemy import text

from services.cmdb.adapters.discovery.store import PostgresDiscoveries
from services.cmdb.adapters.sites import PostgresSites
from services.cmdb.app.discovery import Discovery, Reach, Stores, Ways
from services.cmdb.app.inventory import Inventory
from services.cmdb.domain.discovered import Found, Known, Rhythm, Target
from services.cmdb.ports import Said
from shared.contracts.envelope import known_types, read
from shared.contracts.sites import OfferedService, SiteDescribed
from shared.contracts.streams import SITES
from shared.contracts.topology import Json
from shared.contracts.vocabulary import SiteId
from shared.messaging.database import Database
from shared.messaging.transaction import Work, load_headers
from tests.support.builders import NOON

MINUTE = timedelta(minutes=1)
RHYTHM = Rhythm(interval=5 * MINUTE, first=MINUTE, longest=60 * MINUTE, jitter=0)
SMALL: dict[str, Json] = {"id": "f1", "name": "small", "cpus": 1.0, "memory": 1024}
LARGE: dict[str, Json] = {"id": "f2", "name": "large", "cpus": 8.0, "memory": 16384}
Answer = Found | BaseException | Callable[[], Found]


@dataclass
class Clouds:
    """`ports.Discoverer`: answers for each service what it was told to, and remembers who asked for what."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    shown: dict[str, Mapping[str, SecretStr]] = field(default_factory=dict)
    hang: bool = False

    async def read(self, target: Target, credentials: Mapping[str, SecretStr]) -> Found:
        self.asked.append(target.name)
        self.shown[target.name] = credentials
        if self.hang:
            await asyncio.Event().wait()
        answer = self.answers[target.name]
        if isinstance(answer, BaseException):
            raise answer
        return answer() if callable(answer) else answer


@dataclass
class Cmdb:
    """The parts of the service that discovery needs, on one store, with a clock that is turned by hand."""

    database: Database
    clouds: Clouds = field(default_factory=Clouds)
    now: datetime = NOON
    sites: PostgresSites = field(default_factory=PostgresSites)

    def discovery(self, reach: Reach = Reach()) -> Discovery:  # noqa: B008 - frozen
        """As a process has it; another one is another process."""
        return Discovery(
            Stores(self.sites, PostgresDiscoveries(), Inventory(self.sites).recompose),
            Ways({"cloud": self.clouds}, {"cnaf/nova": {"password": SecretStr("hunter2")}}),
            self.database,
            lambda: self.now,
            chance=lambda: 0.5,
            rhythm=RHYTHM,
            reach=reach,
        )

    async def say(self, layer: str, site: str, *services: Json) -> None:
        """What people say of a site; nothing takes the word back."""
        said = Said({"name": site.upper(), "services": list(services)}, founds=True) if services else None
        async with self.database.transaction() as connection:
            work = Work(connection, "test", self.now)
            await self.sites.hold(connection)
            await Inventory(self.sites).lay(work, layer, {SiteId(site): said}, "test")
            await work.flush()

    async def round(self, reach: Reach = Reach()) -> int:  # noqa: B008 - frozen
        """Watch and look once."""
        discovery = self.discovery(reach)
        await discovery.watch()
        return await discovery.look()

    async def told(self) -> list[SiteDescribed]:
        """What has been told so far, in order."""
        async with self.database.transaction() as connection:
            rows = await connection.execute(
                text("SELECT headers, value FROM outbox WHERE topic = :t ORDER BY seq"), {"t": SITES.topic}
            )
            envelopes = [read(load_headers(row.headers), row.value, known_types(SITES)) for row in rows]
        return [one.body for one in envelopes if one is not None and isinstance(one.body, SiteDescribed)]

    async def service(self, name: str = "nova") -> OfferedService:
        """A service as it was told last."""
        return next(service for service in (await self.told())[-1].services if service.id == name)

    async def known(self, site: str = "cnaf") -> list[Known]:
        async with self.database.transaction() as connection:
            return await PostgresDiscoveries().known(connection, [SiteId(site)])


def nova(name: str = "nova", **said: Json) -> dict[str, Json]:
    discovery = {"kind": "cloud"}
    return {"id": name, "type": "org.openstack.nova", "endpoint": "https://x.example", "discovery": discovery, **said}
