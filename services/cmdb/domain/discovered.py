"""What was read from sites themselves: which services are to be read, when, and what is known of them meanwhile.

A service that cannot be read keeps what was last read of it, and since when it cannot be read is said beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.cmdb.domain.merging import Layer
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId, SiteId

LAYER = "discovered"
"""What the layer is called in the provenance of a site."""
DOUBLINGS = 16
SHORTEST = timedelta(seconds=10)
LONGEST = 1000
"""How many letters of a sentence are kept."""
GONE = "removed"


@dataclass(frozen=True, slots=True)
class Target:
    """A service to be read: by which kind of discovery, where, and what the site's file says beside it.

    `every` is how often, where the site wants another rhythm than the usual one.
    """

    site: SiteId
    service: ServiceId
    kind: str
    endpoint: str
    region: str | None = None
    settings: Mapping[str, Json] = field(default_factory=dict)
    every: timedelta | None = None

    @property
    def name(self) -> str:
        """`site/service`: what its credentials are kept under."""
        return f"{self.site}/{self.service}"


@dataclass(frozen=True, slots=True)
class Found:
    """What was read: fields of the service in the wire's names. `unread`: field → why it was not read this time."""

    document: Mapping[str, Json]
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a target. `read_at`: when all of it was last read; `sentence`: what is in the way now.

    `unreachable_since` is the time of the first failure after the last success.
    """

    target: Target
    document: Mapping[str, Json] = field(default_factory=dict)
    read_at: datetime | None = None
    unreachable_since: datetime | None = None
    failures: int = 0
    sentence: str = ""

    def says_the_same_as(self, other: "Known") -> bool:
        """Whether the site is described alike by both."""
        return self.document == other.document and self.unreachable_since == other.unreachable_since


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`interval` between readings of a service that answers; from `first` on up to `longest` while it does not.

    `jitter` is the share of a pause by which it may be longer or shorter, so that sites are not all read at once.
    """

    interval: timedelta = timedelta(minutes=5)
    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=1)
    jitter: float = 0.2


def target_of(site: SiteId, service: Mapping[str, Json]) -> Target | None:
    """A service of a site's document as a target; `None` if it does not say how it is discovered, or is removed."""
    discovery, name, region = service.get("discovery"), service.get("id"), service.get("region")
    if not isinstance(discovery, dict) or not isinstance(name, str) or service.get("status") == GONE:
        return None
    return Target(
        site=site,
        service=ServiceId(name),
        kind=str(discovery.get("kind", "")),
        endpoint=str(service.get("endpoint", "")),
        region=region if isinstance(region, str) else None,
        settings={key: value for key, value in discovery.items() if key not in ("kind", "every")},
        every=_seconds(discovery.get("every")),
    )


def after_reading(known: Known, found: Found, at: datetime) -> Known:
    """Known once `found` was read: what could not be read of it stays as it was."""
    kept = {name: known.document[name] for name in found.unread if name in known.document}
    document = {**kept, **found.document}
    if found.unread:
        return replace(after_failing(known, " ".join(found.unread.values()), at), document=document)
    return Known(known.target, document, read_at=at)


def after_failing(known: Known, sentence: str, at: datetime) -> Known:
    """Known once nothing could be read: as before, and unreachable since the first failure."""
    since = known.unreachable_since or at
    shown = "".join(letter if letter.isprintable() else "?" for letter in sentence[:LONGEST])
    return replace(known, unreachable_since=since, failures=known.failures + 1, sentence=shown)


def pause(rhythm: Rhythm, known: Known, chance: float, asked: timedelta | None = None) -> timedelta:
    """How long until the next reading. `chance` in [0, 1); `asked` is how long the site wants to be left alone."""
    every = max(known.target.every or rhythm.interval, SHORTEST)
    if known.failures:
        doubled: timedelta = rhythm.first * 2 ** min(known.failures - 1, DOUBLINGS)
        every = min(doubled, max(rhythm.longest, every))
    return max(every * (1 + rhythm.jitter * (2 * chance - 1)), asked or timedelta())


def layer_of(known: Sequence[Known]) -> Layer:
    """What discovery says of one site. It says nothing of a service that was never read and never failed."""
    entries = [_entry(one) for one in known if one.document or one.unreachable_since]
    read = [one.read_at for one in known if one.read_at is not None]
    return Layer(LAYER, {"services": entries} if entries else {}, max(read, default=None))


def _seconds(value: Json) -> timedelta | None:
    usable = (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < timedelta.max.total_seconds()
    )
    return timedelta(seconds=value) if usable else None


def _entry(known: Known) -> dict[str, Json]:
    since = known.unreachable_since
    said: dict[str, Json] = {"unreachable_since": since.isoformat()} if since else {}
    return {**known.document, **said, "id": known.target.service}
