"""What is known of the federation: facts folded as they are told, and prepared once for being asked often."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from services.ranker.domain.offer import Offer, Place, offers_of
from services.ranker.domain.rights import Rights
from services.ranker.domain.sight import Sight, sight_of
from services.ranker.domain.table import Block, Table
from services.ranker.domain.told import Agreements, Told
from shared.contracts.agreements import AgreementChanged
from shared.contracts.envelope import Envelope
from shared.contracts.sites import SiteDescribed, SiteMessage, SiteObserved, SiteWithdrawn
from shared.contracts.vocabulary import AgreementId, SiteId

GROUPS = 64
"""So many groups' rights are kept ready."""


class Federation:
    """All facts, whole. Changes with `fold` alone; facts about different things may come in any order.

    `mark` is a number that is the same if and only if the same messages are known.
    """

    def __init__(self) -> None:
        self.mark = 0
        self._marks: dict[tuple[str, str], int] = {}
        self._site_marks: dict[SiteId, int] = {}
        self._sites: dict[SiteId, Told[SiteDescribed]] = {}
        self._blocks: dict[SiteId, Block] = {}
        self._agreements: dict[AgreementId, Told[AgreementChanged]] = {}
        self._groups: dict[str, dict[SiteId, Agreements]] = {}
        self._observations: dict[Place, dict[str, Told[SiteObserved]]] = {}
        self._sights: dict[Place, Sight] = {}
        self._order: list[SiteId] = []
        self._table: Table | None = None
        self._rights: dict[str, Rights] = {}

    def fold(self, told: Envelope) -> None:
        """Know what was told; a fact replaces what was known of the same thing."""
        match told.body:
            case SiteDescribed() as site:
                self._describe(Told(_site_in_utc(site), told.time, told.id))
            case SiteWithdrawn(site=gone):
                self._sites.pop(gone, None)
                self._blocks.pop(gone, None)
                self._table = None
            case AgreementChanged() as agreement:
                self._agree(Told(_in_utc(agreement), told.time, told.id))
            case SiteObserved() as seen:
                seen = seen.model_copy(update={"observed_at": _utc(seen.observed_at)})
                self._see(Told(seen, told.time, told.id))
            case _:
                return
        self._note(told)

    def table(self) -> Table:
        """All offers, in the order of their sites, services and projects."""
        if self._table is None:
            self._order = sorted(self._blocks)
            self._table = Table([self._blocks[site] for site in self._order])
            self._rights.clear()
        return self._table

    def rights(self, group: str | None) -> Rights:
        """What a group's agreements allow it in the table."""
        table, name = self.table(), group or ""
        known = self._rights.pop(name, None)
        if known is None:
            known = Rights(table, self.agreements_of(group))
            if len(self._rights) >= GROUPS:
                self._rights.pop(next(iter(self._rights)))
        self._rights[name] = known
        return known

    def facts_for(
        self, group: str | None
    ) -> Iterator[Told[SiteDescribed] | Told[AgreementChanged] | Told[SiteObserved]]:
        """All that matters to a group: the sites it has agreements with, these, and what was seen there."""
        for site, agreements in sorted(self.agreements_of(group).items()):
            if site in self._sites:
                yield self._sites[site]
                yield from agreements
                for place in self._blocks[site].places:
                    yield from self._observations.get(place, {}).values()

    def mark_for(self, group: str | None) -> str:
        """A text that is the same if and only if the same facts matter to the group."""
        mark = 0
        for site, agreements in self.agreements_of(group).items():
            mark ^= self._site_marks.get(site, 0)
            for agreement in agreements:
                mark ^= _mark(agreement.id)
        return f"{mark:032x}"

    def offers(self) -> Iterator[tuple[SiteId, tuple[Offer, ...]]]:
        """Every site's offers, both in the order of their ids."""
        for site in sorted(self._blocks):
            yield site, self._blocks[site].offers

    def agreements_of(self, group: str | None) -> Mapping[SiteId, Agreements]:
        """The agreements of a group by site, whatever their state, highest priority first."""
        return self._groups.get(group, {}) if group else {}

    def sight(self, place: Place) -> Sight | None:
        """What was last seen of a service."""
        return self._sights.get(place)

    def words(self, place: Place) -> Mapping[str, SiteObserved]:
        """Every collector's last word about a service, by collector."""
        return self._words(place) if place in self._observations else {}

    def counted(self) -> dict[Place, datetime]:
        """When usage was last counted, for the services where it is."""
        return {place: sight.used_at for place, sight in self._sights.items() if sight.used_at is not None}

    def sites(self) -> tuple[Told[SiteDescribed], ...]:
        """Every site, in the order of their ids."""
        return tuple(told for _, told in sorted(self._sites.items()))

    def agreements(self) -> tuple[Told[AgreementChanged], ...]:
        """Every agreement, in the order of their ids."""
        return tuple(told for _, told in sorted(self._agreements.items()))

    def observations(self) -> tuple[Told[SiteObserved], ...]:
        """Every collector's last word, in order."""
        return tuple(told for _, by in sorted(self._observations.items()) for _, told in sorted(by.items()))

    def _describe(self, told: Told[SiteDescribed]) -> None:
        self._sites[told.fact.site] = told
        block = self._blocks[told.fact.site] = Block(tuple(offers_of(told.fact, told.at)))
        for place in block.places:
            if place in self._observations:
                for _ in block.observe(place, self._words(place)):
                    pass
        self._table = None

    def _agree(self, told: Told[AgreementChanged]) -> None:
        former = self._agreements.get(told.fact.agreement)
        if former is not None:
            sites = self._groups[former.fact.group]
            sites[former.fact.site] = tuple(one for one in sites[former.fact.site] if one is not former)
            self._rights.pop(former.fact.group, None)
        self._agreements[told.fact.agreement] = told
        sites = self._groups.setdefault(told.fact.group, {})
        sites[told.fact.site] = tuple(sorted((*sites.get(told.fact.site, ()), told), key=_standing))
        self._rights.pop(told.fact.group, None)

    def _see(self, told: Told[SiteObserved]) -> None:
        place = (told.fact.site, told.fact.service)
        self._observations.setdefault(place, {})[told.fact.collector] = told
        words = self._words(place)
        self._sights[place] = sight_of(words)
        block = self._blocks.get(told.fact.site)
        if block is None:
            return
        for row, seen in block.observe(place, words):
            if self._table is not None:
                self._table.observe(bisect_left(self._order, told.fact.site), row, seen)

    def _words(self, place: Place) -> dict[str, SiteObserved]:
        return {collector: told.fact for collector, told in self._observations[place].items()}

    def _note(self, told: Envelope) -> None:
        about = ("site" if isinstance(told.body, SiteWithdrawn | SiteDescribed) else told.body.type(), told.body.key)
        mark = _mark(told.id)
        change = self._marks.get(about, 0) ^ mark
        self.mark ^= change
        self._marks[about] = mark
        if isinstance(told.body, SiteMessage | SiteObserved):
            self._site_marks[told.body.site] = self._site_marks.get(told.body.site, 0) ^ change


@lru_cache(maxsize=1 << 16)
def _mark(message: str) -> int:
    return int.from_bytes(hashlib.sha256(message.encode()).digest()[:16])


def _standing(told: Told[AgreementChanged]) -> tuple[int, str]:
    return (-told.fact.priority, told.fact.agreement)


def _in_utc(agreement: AgreementChanged) -> AgreementChanged:
    ends = None if agreement.ends is None else _utc(agreement.ends)
    return agreement.model_copy(update={"starts": _utc(agreement.starts), "ends": ends})


def _site_in_utc(site: SiteDescribed) -> SiteDescribed:
    if not any(service.unreachable_since and not service.unreachable_since.tzinfo for service in site.services):
        return site
    services = tuple(
        service.model_copy(update={"unreachable_since": service.unreachable_since and _utc(service.unreachable_since)})
        for service in site.services
    )
    return site.model_copy(update={"services": services})


def _utc(time: datetime) -> datetime:
    """A time without a zone is meant in UTC."""
    return time if time.tzinfo else time.replace(tzinfo=UTC)
