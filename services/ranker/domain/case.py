"""One request at one service: what a filter is asked about, and the two things it may answer."""

from dataclasses import dataclass
from typing import NamedTuple

from services.ranker.domain.amounts import Amounts
from services.ranker.domain.ask import Ask, taken
from services.ranker.domain.books import Held
from services.ranker.domain.federation import Agreements, Place, Sight
from services.ranker.domain.offer import Offer
from shared.contracts.agreements import AgreementChanged
from shared.contracts.ranking import NetworkPlacement
from shared.contracts.sites import Flavour, Image


@dataclass(frozen=True, slots=True)
class Case:
    """The request, the service, the group's agreements with its site, what was seen of it, what is held of it."""

    ask: Ask
    offer: Offer
    agreements: Agreements
    sight: Sight | None
    held: Held
    failures: float = 0.0

    @property
    def place(self) -> Place:
        """Where this is."""
        return (self.offer.site.site, self.offer.service.id)


class Placing(NamedTuple):
    """What the filters so far have settled: agreements that would do, best first, and what each machine becomes."""

    agreements: tuple[AgreementChanged, ...] = ()
    images: tuple[Image | None, ...] = ()
    flavours: tuple[Flavour | None, ...] = ()
    networks: tuple[NetworkPlacement, ...] = ()

    def under(self, agreements: tuple[AgreementChanged, ...]) -> "Placing":
        """The same under these agreements only."""
        return self._replace(agreements=agreements)

    def takes(self, ask: Ask) -> Amounts:
        """How much of the service the request takes if placed so."""
        return taken(ask, self.flavours)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a service cannot run the request: what was needed, what there is, and a sentence for people."""

    needed: str
    available: str
    sentence: str
