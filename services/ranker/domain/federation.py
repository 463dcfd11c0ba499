"""What is known of the federation: facts folded as they are told, and prepared once for being asked often."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from services.ranker.domain.offer import Offer, offer_of
from shared.contracts.agreements import AgreementChanged
from shared.contracts.envelope import Envelope
from shared.contracts.message import Message
from shared.contracts.sites import Quantities, SiteDescribed, SiteObserved, SiteWithdrawn
from shared.contracts.vocabulary import AgreementId, ServiceId, SiteId

M = TypeVar("M", bound=Message)
Place = tuple[SiteId, ServiceId]


@dataclass(frozen=True, slots=True)
class Told(Generic[M]):
    """A fact and when it was told."""

    fact: M
    at: datetime


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a service last, by whichever collector; `used` is from the last one that could count."""

    available: bool
    collector: str
    at: datetime
    used: Quantities | None = None
    used_at: datetime | None = None


Agreements = tuple[Told[AgreementChanged], ...]
NO_QUANTITIES = Quantities()


class Federation:
    """All facts, whole. Changes with `fold` alone; facts about different things may come in any order.

    `mark` is a number that is the same if and only if the same messages are known.
    """

    def __init__(self) -> None:
        self.mark = 0
        self._marks: dict[tuple[str, str], int] = {}
        self._sites: dict[SiteId, Told[SiteDescribed]] = {}
        self._offers: dict[SiteId, tuple[Offer, ...]] = {}
        self._agreements: dict[AgreementId, Told[AgreementChanged]] = {}
        self._groups: dict[str, dict[SiteId, Agreements]] = {}
        self._observations: dict[Place, dict[str, SiteObserved]] = {}
        self._sights: dict[Place, Sight] = {}

    def fold(self, told: Envelope) -> None:
        """Know what was told; a fact replaces what was known of the same thing."""
        match told.body:
            case SiteDescribed() as site:
                self._sites[site.site] = Told(site, told.time)
                services = sorted(site.services, key=lambda service: service.id)
                self._offers[site.site] = tuple(offer_of(site, service, told.time) for service in services)
            case SiteWithdrawn(site=gone):
                self._sites.pop(gone, None)
                self._offers.pop(gone, None)
            case AgreementChanged() as agreement:
                self._agree(Told(_in_utc(agreement), told.time))
            case SiteObserved() as seen:
                self._see(seen.model_copy(update={"observed_at": _utc(seen.observed_at)}))
            case _:
                return
        self._note(told)

    def offers(self) -> Iterator[tuple[SiteId, tuple[Offer, ...]]]:
        """Every site's services, both in the order of their ids."""
        for site in sorted(self._offers):
            yield site, self._offers[site]

    def agreements_of(self, group: str | None) -> Mapping[SiteId, Agreements]:
        """The agreements of a group by site, whatever their state, highest priority first."""
        return self._groups.get(group, {}) if group else {}

    def sight(self, place: Place) -> Sight | None:
        """What was last seen of a service."""
        return self._sights.get(place)

    def counted(self) -> dict[Place, datetime]:
        """When usage was last counted, for the services where it is."""
        return {place: sight.used_at for place, sight in self._sights.items() if sight.used_at is not None}

    def sites(self) -> tuple[Told[SiteDescribed], ...]:
        """Every site, in the order of their ids."""
        return tuple(told for _, told in sorted(self._sites.items()))

    def agreements(self) -> tuple[Told[AgreementChanged], ...]:
        """Every agreement, in the order of their ids."""
        return tuple(told for _, told in sorted(self._agreements.items()))

    def observations(self) -> tuple[SiteObserved, ...]:
        """Every collector's last word, in order."""
        return tuple(seen for _, by in sorted(self._observations.items()) for _, seen in sorted(by.items()))

    def _agree(self, told: Told[AgreementChanged]) -> None:
        former = self._agreements.get(told.fact.agreement)
        if former is not None:
            sites = self._groups[former.fact.group]
            sites[former.fact.site] = tuple(one for one in sites[former.fact.site] if one is not former)
        self._agreements[told.fact.agreement] = told
        sites = self._groups.setdefault(told.fact.group, {})
        sites[told.fact.site] = tuple(sorted((*sites.get(told.fact.site, ()), told), key=_standing))

    def _see(self, seen: SiteObserved) -> None:
        place = (seen.site, seen.service)
        words = self._observations.setdefault(place, {})
        words[seen.collector] = seen
        newest = max(words.values(), key=_freshness)
        counts = max((word for word in words.values() if word.used != NO_QUANTITIES), key=_freshness, default=None)
        self._sights[place] = Sight(
            available=newest.available,
            collector=newest.collector,
            at=newest.observed_at,
            used=counts.used if counts else None,
            used_at=counts.observed_at if counts else None,
        )

    def _note(self, told: Envelope) -> None:
        about = ("site" if isinstance(told.body, SiteWithdrawn | SiteDescribed) else told.body.type(), told.body.key)
        mark = int.from_bytes(hashlib.sha256(told.id.encode()).digest()[:16])
        self.mark ^= self._marks.get(about, 0) ^ mark
        self._marks[about] = mark


def _standing(told: Told[AgreementChanged]) -> tuple[int, str]:
    return (-told.fact.priority, told.fact.agreement)


def _freshness(seen: SiteObserved) -> tuple[datetime, str]:
    return (seen.observed_at, seen.collector)


def _in_utc(agreement: AgreementChanged) -> AgreementChanged:
    ends = None if agreement.ends is None else _utc(agreement.ends)
    return agreement.model_copy(update={"starts": _utc(agreement.starts), "ends": ends})


def _utc(time: datetime) -> datetime:
    """A time without a zone is meant in UTC."""
    return time if time.tzinfo else time.replace(tzinfo=UTC)
