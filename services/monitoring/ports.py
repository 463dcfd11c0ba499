"""What monitoring needs of the world, and what a collector promises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from services.monitoring.domain.watched import Changes, Target, Watched
from shared.contracts.sites import Quantities, SiteObserved
from shared.contracts.vocabulary import SiteId
from shared.runtime.yaml_files.standing import Look


@dataclass(frozen=True, slots=True)
class Seen(Look):
    """Where services are according to the folder now; `None` is a site whose description cannot be read."""

    sites: Mapping[SiteId, Watched | None]


class Federation(Protocol):
    """Where it is described which services there are and where they answer."""

    async def read(self) -> Seen:
        """What is described now. Whatever is wrong is among the problems; raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Sight:
    """What a collector saw of a service. What it did not see is absent."""

    available: bool
    sentence: str
    latency_ms: float | None = None
    used: Quantities = field(default_factory=Quantities)


class Collector(Protocol):
    """One way of finding out how a service is doing. One file or folder below `adapters/collectors` each."""

    async def collect(self, target: Target) -> Sight | None:
        """What is seen of the target; `None` when this collector has nothing to say about it.

        A service that does not answer is a sight, not an exception. Raises `failures.Transient` when the collector
        itself cannot look now: then nothing was seen.
        """
        ...

    async def close(self) -> None:
        """Let go of connections; twice is harmless."""
        ...


class OpenCollector(Protocol):
    """What every collector exports as `open_collector`."""

    def __call__(self, settings: Mapping[str, str], *, timeout: timedelta) -> Collector:
        """A collector from the operator's settings for it, unknown ones refused; `timeout` bounds one look."""
        ...


class Due(NamedTuple):
    """A site in hand for one look, for as long as nobody else takes it or changes it: until then."""

    watched: Watched
    failures: int
    until: datetime


class Round(NamedTuple):
    """One look at one site: what was seen, how often it has failed in a row by now, and when to look again."""

    due: Due
    observations: tuple[SiteObserved, ...]
    failures: int
    next_at: datetime


class Observations(Protocol):
    """Where watched sites and what was seen of them are kept. Everything happens in the caller's transaction."""

    async def known(self, connection: AsyncConnection) -> dict[SiteId, Watched]:
        """All watched sites; nobody else can know or change them until the transaction ends."""
        ...

    async def change(self, connection: AsyncConnection, changes: Changes, at: datetime) -> list[str]:
        """Watch, drop and void; new and changed sites are due at `at`. Returns the keys of what was forgotten."""
        ...

    async def claim(self, connection: AsyncConnection, at: datetime, *, lease: timedelta, room: int) -> list[Due]:
        """At most `room` sites that are due. They are due again after `lease`, should nobody record them."""
        ...

    async def record(
        self, connection: AsyncConnection, rounds: Sequence[Round], forget_before: datetime
    ) -> list[SiteObserved]:
        """Keep what was seen in rounds that still hold, and return it; forget history from before that moment."""
        ...

    async def last(self, connection: AsyncConnection, site: SiteId | None = None) -> list[SiteObserved]:
        """The last word of each collector on each service, of one site or all."""
        ...

    async def history(self, connection: AsyncConnection, site: SiteId, *, room: int) -> list[SiteObserved]:
        """What was seen of a site, newest first, at most `room` of it."""
        ...

    async def watches(self, connection: AsyncConnection, site: SiteId) -> bool:
        """Whether the site is watched."""
        ...
