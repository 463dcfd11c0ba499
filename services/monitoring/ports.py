"""What monitoring needs of the world, and what a collector promises."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from services.monitoring.domain.availability import Count, Lane
from services.monitoring.domain.sighting import Known, Sighting
from services.monitoring.domain.watched import Changes, Place, Target, Watched
from shared.contracts.sites import Availability, ProjectUsage, Quantities, SiteObserved
from shared.contracts.vocabulary import DeploymentId, Principal, ServiceId, SiteId, TrialNo
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


class Step(NamedTuple):
    """One step of a life-cycle probe: `create`, `run` or `delete`, whether it went well, and what the answer was.

    `status` is the HTTP code that was really given; a step that failed or got no answer has no `milliseconds`.
    """

    name: str
    well: bool
    status: int | None = None
    milliseconds: float | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """What a collector saw of a service. What it did not see is absent, never 0, NaN or infinite.

    `available` is `None` when this collector cannot tell. `metrics` are numbers by the names of federation.md 3.3,
    `create_responseTime` and the like in ms. `source` is where it was read, without secrets. `observed_at` is the time
    of the sample at its source, aware; absent means that it was seen just now. `steps` become metrics by themselves.
    """

    available: bool | None
    sentence: str
    latency_ms: float | None = None
    used: Quantities = field(default_factory=Quantities)
    projects: tuple[ProjectUsage, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    source: str | None = None
    observed_at: datetime | None = None
    steps: tuple[Step, ...] = ()


class Collector(Protocol):
    """One way of finding out how a service is doing. One file or folder below `adapters/collectors` each.

    Beside `open_collector` its module may export `Entry`, a frozen pydantic model that forbids extra fields: what a
    site's file says of a service under `monitoring.<collector>`, checked when the file is read and found as it was
    written in `Target.entries`; and `PACE`, a `domain.rhythm.Pace`, where it looks more seldom or longer than others.
    """

    async def collect(self, target: Target) -> Sight | None:
        """What is seen of the target; `None` when this collector has nothing to say about it.

        A service that does not answer is a sight, not an exception. Raises `failures.Transient` when the collector
        itself cannot look now: then nothing was seen. Whoever takes longer than the pace allows is cut, and so is
        whoever says more than a few thousand metrics or projects.
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


class Room(NamedTuple):
    """How many more sites a collector can look at now, and until when it has each of them to itself."""

    most: int
    until: datetime


class Due(NamedTuple):
    """A site in hand for one collector, for as long as nobody else takes it or changes it: until then.

    Services for which the collector is switched off are not among the targets.
    """

    watched: Watched
    collector: str
    failures: int
    until: datetime


class Round(NamedTuple):
    """One look of a collector at a site: what it saw, how often it has failed in a row by now, and when to look again.

    `trouble` is why it could not look at something, empty if it could; in `silent` are views it has no longer.
    """

    due: Due
    sightings: tuple[Sighting, ...]
    failures: int
    next_at: datetime
    trouble: str = ""
    silent: tuple[Lane, ...] = ()


class Trouble(NamedTuple):
    """Why a collector cannot look at a site, and when it will try again."""

    site: SiteId
    collector: str
    sentence: str
    failures: int
    next_at: datetime


class Rota(Protocol):
    """Who is watched, and which collector looks when. Everything happens in the caller's transaction."""

    async def known(self, connection: AsyncConnection) -> dict[SiteId, Watched]:
        """All watched sites; nobody else can know them for changing until the transaction ends."""
        ...

    async def change(
        self, connection: AsyncConnection, changes: Changes, collectors: Sequence[str], at: datetime
    ) -> None:
        """Watch and drop. Moved sites and new collectors are due at `at`; collectors not named are forgotten."""
        ...

    async def claim(self, connection: AsyncConnection, at: datetime, rooms: Mapping[str, Room]) -> list[Due]:
        """What is due at `at`, for each collector as far as it has room. It is due again should nobody settle it."""
        ...

    async def settle(self, connection: AsyncConnection, rounds: Sequence[Round]) -> list[Round]:
        """Those rounds that still hold, their next looks noted. Nobody else settles or changes the sites meanwhile."""
        ...

    async def watching(self, connection: AsyncConnection, sites: Collection[SiteId]) -> dict[SiteId, Watched]:
        """Those of the sites that are watched. Nobody else settles or changes them until the transaction ends."""
        ...

    async def look(self, connection: AsyncConnection, site: SiteId | None = None) -> dict[SiteId, Watched]:
        """One watched site or all, for reading."""
        ...

    async def hurry(self, connection: AsyncConnection, site: SiteId, collector: str, at: datetime) -> None:
        """Let the collector look at the site at `at`."""
        ...

    async def troubles(self, connection: AsyncConnection) -> list[Trouble]:
        """What cannot be looked at, by site and collector."""
        ...


class Judged(NamedTuple):
    """What is kept of a sighting; `fresh` is whether it belongs in the history too."""

    known: Known
    fresh: bool


class Wanted(NamedTuple):
    """Which part of a history: of a site, maybe of one service and one collector, from a time to before another."""

    site: SiteId
    service: ServiceId | None = None
    collector: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    room: int = 200


class Observations(Protocol):
    """What was seen. Everything happens in the caller's transaction."""

    async def standings(self, connection: AsyncConnection, places: Collection[Place]) -> list[Known]:
        """Every collector's last word on these services."""
        ...

    async def count(self, connection: AsyncConnection, counts: Sequence[Count]) -> None:
        """Add to what is counted for the availability."""
        ...

    async def availability(
        self, connection: AsyncConnection, lanes: Collection[Lane], at: datetime
    ) -> dict[Lane, Availability]:
        """The shares as of `at`: the day to the hour, week and month to the day. Lanes never counted are absent."""
        ...

    async def keep(self, connection: AsyncConnection, judged: Sequence[Judged]) -> None:
        """Keep last words, each lane's last one here, and the history of all of them."""
        ...

    async def forget(
        self, connection: AsyncConnection, void: Collection[Place], collectors: Collection[str]
    ) -> list[str]:
        """Forget last words on these services, and those of collectors not named. Returns the keys of what is gone."""
        ...

    async def silence(self, connection: AsyncConnection, lanes: Collection[Lane]) -> list[str]:
        """Forget these last words. Returns the keys of those that there were."""
        ...

    async def retire(self, connection: AsyncConnection, collector: str, before: datetime) -> list[str]:
        """Forget what this collector last judged before that moment. Returns the keys of what is gone."""
        ...

    async def last(
        self, connection: AsyncConnection, site: SiteId | None = None, service: ServiceId | None = None
    ) -> list[Known]:
        """Every collector's last word, in order: on everything, a site, or a service of it."""
        ...

    async def history(self, connection: AsyncConnection, wanted: Wanted) -> list[SiteObserved]:
        """What was seen, newest first, at most `room` of it."""
        ...

    async def tidy(self, connection: AsyncConnection, at: datetime, keep: timedelta) -> int:
        """Forget history that is older than `keep` and counts that no share needs; returns how many rows that was."""
        ...


class Switch(NamedTuple):
    """Somebody turned a collector on or off for a service, when and why."""

    lane: Lane
    enabled: bool
    reason: str
    by: Principal
    at: datetime


class Switches(Protocol):
    """Which collectors are off, and who said so. Everything happens in the caller's transaction."""

    async def turn(self, connection: AsyncConnection, switch: Switch) -> None:
        """Write it down; it holds until the next one."""
        ...

    async def turned(self, connection: AsyncConnection, place: Place) -> list[Switch]:
        """All that was ever said about a service, newest first."""
        ...


class Trial(NamedTuple):
    """A trial that is under way at a service."""

    deployment: DeploymentId
    trial: TrialNo
    place: Place
    started_at: datetime


class Trials(Protocol):
    """Which trials are under way where. Everything happens in the caller's transaction."""

    async def started(self, connection: AsyncConnection, trials: Sequence[Trial]) -> None:
        """Remember them; twice is harmless."""
        ...

    async def ended(
        self, connection: AsyncConnection, trials: Collection[tuple[DeploymentId, TrialNo]]
    ) -> dict[tuple[DeploymentId, TrialNo], Trial]:
        """Forget them; returns those that were known."""
        ...

    async def tidy(self, connection: AsyncConnection, before: datetime) -> int:
        """Forget those that started before that moment and never ended; returns how many."""
        ...
