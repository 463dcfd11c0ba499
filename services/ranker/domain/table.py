"""All offers of the federation in columns: one block a site, made when it is told, and put together when asked.

What an offer answers to a question that depends on the offer alone is remembered with its block, so that the same
question of another request costs nothing, and a site that is told anew costs the others nothing.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain

import numpy as np

from services.ranker.domain.amounts import DIMENSIONS, row_of
from services.ranker.domain.columns import Floats, Mask, Rows
from services.ranker.domain.offer import Offer, Place
from services.ranker.domain.sight import SEEN, UNSEEN, sight_row
from shared.contracts.sites import Flavour, Quantities, SiteObserved
from shared.contracts.vocabulary import ServiceId, SiteId

WIDTH = len(DIMENSIONS)
REMEMBERED = 256
"""So many questions are remembered."""

Question = Callable[[Offer], bool]
FlavourQuestion = Callable[[Flavour], bool]
Tenancy = tuple[SiteId, ServiceId, str]
UNLIMITED = Quantities()


class Block:
    """The offers of one site in columns; `seen` alone changes, as observations come."""

    def __init__(self, offers: Sequence[Offer]) -> None:
        self.offers = tuple(offers)
        self.flavours = [flavour for offer in offers for flavour in offer.flavours]
        self.flavour_counts = [len(offer.flavours) for offer in offers]
        self.types = [offer.service.type for offer in offers]
        self.divided = any(offer.project for offer in offers)
        self.quota = _table([row_of(offer.service.quota, np.inf) for offer in offers], WIDTH)
        self.project_quota = _table([row_of(_project_quota(offer), np.inf) for offer in offers], WIDTH)
        self.user_quota = _table([row_of(_user_quota(offer), np.inf) for offer in offers], WIDTH)
        self.facts = _table([_fact_row(offer) for offer in offers], len(FACTS))
        self.sizes = _table([_size_row(flavour) for flavour in self.flavours], len(SIZES))
        self.seen: Floats = np.tile(UNSEEN, (len(offers), 1))
        self._answers: dict[Hashable, Mask] = {}

    @cached_property
    def places(self) -> Mapping[Place, range]:
        """The rows of each service, in order: one, or one for each of its projects."""
        found: dict[Place, range] = {}
        for row, offer in enumerate(self.offers):
            found[offer.place] = range(found[offer.place].start if offer.place in found else row, row + 1)
        return found

    def answers(self, key: Hashable, ask: Callable[["Block"], Sequence[bool]]) -> Mask:
        """What `ask` says of each, remembered by `key`."""
        known = self._answers.get(key)
        if known is None:
            if len(self._answers) >= REMEMBERED:
                self._answers.clear()
            known = self._answers[key] = np.array(ask(self), np.bool_)
        return known

    def observe(self, at: Place, words: Mapping[str, SiteObserved]) -> Iterator[tuple[int, Floats]]:
        """Take in what the collectors say of a service, and answer with the rows that are so changed."""
        for row, offer in enumerate(self.offers):
            if offer.place == at:
                self.seen[row] = sight_row(words, offer.project_id)
                yield row, self.seen[row]


FACTS = ("told", "unreachable", "cost")
TOLD, UNREACHABLE, COST = range(3)
SIZES = ("cpus", "memory", "disk", "gpus", "infiniband")


class Table:
    """All blocks in the order of their sites. Made anew when a site changes; rows are an offer's place in it."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = blocks
        self.offers: tuple[Offer, ...] = tuple(chain.from_iterable(block.offers for block in blocks))
        self.starts = np.cumsum([0, *(len(block.offers) for block in blocks)])
        self.quota = _columns([block.quota for block in blocks])
        self.project_quota = _columns([block.project_quota for block in blocks])
        self.user_quota = _columns([block.user_quota for block in blocks])
        self.facts = np.ascontiguousarray(_stacked([block.facts for block in blocks], len(FACTS)).T)
        self.seen = np.ascontiguousarray(_stacked([block.seen for block in blocks], len(SEEN)).T)
        sizes = _stacked([block.sizes for block in blocks], len(SIZES))
        self.sizes = {name: np.ascontiguousarray(sizes[:, number]) for number, name in enumerate(SIZES)}
        counts = np.array([count for block in blocks for count in block.flavour_counts], np.intp)
        self.flavour_owner: Rows = np.repeat(np.arange(len(self.offers)), counts)
        self.flavour_start: Rows = np.cumsum(counts) - counts
        self.flavour_count: Rows = counts
        self.divided = any(block.divided for block in blocks)
        self._answers: dict[Hashable, Mask] = {}

    def __len__(self) -> int:
        """How many offers there are."""
        return len(self.offers)

    @cached_property
    def places(self) -> Mapping[Place, range]:
        """The rows of a service: one, or one for each of its projects."""
        found: dict[Place, range] = {}
        for block, start in zip(self._blocks, self.starts.tolist(), strict=False):
            for place, rows in block.places.items():
                found[place] = range(start + rows.start, start + rows.stop)
        return found

    @cached_property
    def projects(self) -> Mapping[Tenancy, range]:
        """The row of a project of a service."""
        return {(*offer.place, offer.project_id or ""): range(row, row + 1) for row, offer in enumerate(self.offers)}

    @cached_property
    def sites(self) -> Mapping[SiteId, range]:
        """The rows of a site."""
        bounds = zip(self._blocks, self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True)
        return {block.offers[0].site.site: range(start, stop) for block, start, stop in bounds if block.offers}

    @cached_property
    def service_of(self) -> Rows:
        """The number of the service that each row belongs to, the same for all projects of it."""
        sizes = [len(rows) for block in self._blocks for rows in block.places.values()]
        return np.repeat(np.arange(len(sizes)), sizes)

    @cached_property
    def types(self) -> Sequence[str]:
        """Every type of service there is, in order."""
        return sorted(set(chain.from_iterable(block.types for block in self._blocks)))

    @cached_property
    def type_of(self) -> Rows:
        """Which of `types` each row is."""
        number = {name: position for position, name in enumerate(self.types)}
        return np.array([number[name] for block in self._blocks for name in block.types], np.intp)

    def every(self, key: Hashable, passes: Question) -> Mask:
        """For each row, what `passes` says of its offer. The same key must always mean the same question."""
        return self._remembered(("offer", key), lambda block: [passes(offer) for offer in block.offers])

    def every_flavour(self, key: Hashable, passes: FlavourQuestion) -> Mask:
        """For each flavour of each row, what `passes` says of it."""
        return self._remembered(("flavour", key), lambda block: [passes(flavour) for flavour in block.flavours])

    def observe(self, site_number: int, row: int, seen: Floats) -> None:
        """The row of a block has been seen anew."""
        self.seen[:, self.starts[site_number] + row] = seen

    def _remembered(self, key: Hashable, ask: Callable[[Block], Sequence[bool]]) -> Mask:
        known = self._answers.get(key)
        if known is None:
            if len(self._answers) >= REMEMBERED:
                self._answers.clear()
            parts = [block.answers(key, ask) for block in self._blocks]
            known = self._answers[key] = np.concatenate(parts) if parts else np.zeros(0, np.bool_)
        return known


def _table(rows: Sequence[Sequence[float]], width: int) -> Floats:
    return np.array(rows, np.float64).reshape(len(rows), width)


def _stacked(parts: Sequence[Floats], width: int) -> Floats:
    return np.concatenate(parts) if parts else np.zeros((0, width))


def _columns(parts: Sequence[Floats]) -> Floats:
    """By dimension and then by row, so that one dimension lies together."""
    return np.ascontiguousarray(_stacked(parts, WIDTH).T)


def _project_quota(offer: Offer) -> Quantities:
    return offer.project.quota if offer.project else UNLIMITED


def _user_quota(offer: Offer) -> Quantities:
    return offer.project.user_quota if offer.project else UNLIMITED


def _fact_row(offer: Offer) -> tuple[float, ...]:
    since, cost = offer.service.unreachable_since, offer.service.cost_per_core_hour
    return (
        offer.told_at.timestamp(),
        np.nan if since is None else since.timestamp(),
        np.nan if cost is None else cost,
    )


def _size_row(flavour: Flavour) -> tuple[float, ...]:
    return (flavour.cpus, flavour.memory, flavour.disk, flavour.gpus, flavour.infiniband)
