"""Sums of what is held: by service, by project of it, by agreement, and by user under each."""

from collections.abc import Mapping
from typing import NamedTuple

from services.ranker.domain.amounts import DIMENSIONS, NOTHING, Amounts
from services.ranker.domain.columns import Columns
from services.ranker.domain.offer import Place
from services.ranker.domain.table import Tenancy
from shared.contracts.vocabulary import AgreementId, ServiceId, SiteId

WIDTH = len(DIMENSIONS)


class Account(NamedTuple):
    """Where and under what something is held; `project` is empty where a service has none."""

    site: SiteId
    service: ServiceId
    agreement: AgreementId
    project: str = ""

    @property
    def place(self) -> Place:
        """The service."""
        return (self.site, self.service)

    @property
    def tenancy(self) -> Tenancy:
        """The project of the service."""
        return (self.site, self.service, self.project)


class Held:
    """The sums; `unseen` is the part that no count of usage can have seen."""

    def __init__(self, accounts: Mapping[Account, Amounts], unseen: Mapping[Tenancy, Amounts]) -> None:
        self.places: Columns[Place] = Columns(WIDTH)
        self.tenancies: Columns[Tenancy] = Columns(WIDTH)
        self.agreements: Columns[AgreementId] = Columns(WIDTH)
        self.unseen_places: Columns[Place] = Columns(WIDTH)
        self.unseen_tenancies: Columns[Tenancy] = Columns(WIDTH)
        for account, amounts in accounts.items():
            self._add(account, amounts)
        self.miss(unseen)

    def fork(self) -> "Held":
        """A copy that may change without this one changing."""
        other = Held({}, {})
        other.places, other.tenancies = self.places.fork(), self.tenancies.fork()
        other.agreements = self.agreements.fork()
        other.unseen_places, other.unseen_tenancies = self.unseen_places.fork(), self.unseen_tenancies.fork()
        return other

    def at(self, place: Place) -> Amounts:
        """All that is held of a service."""
        return Amounts(*self.places.get(place).tolist())

    def under(self, agreement: AgreementId) -> Amounts:
        """All that is held under an agreement."""
        return Amounts(*self.agreements.get(agreement).tolist())

    def miss(self, unseen: Mapping[Tenancy, Amounts]) -> None:
        """So much more of what is held cannot have been seen."""
        for tenancy, amounts in unseen.items():
            self._add_unseen(tenancy, amounts)

    def change(self, account: Account, amounts: Amounts, unseen: Amounts) -> None:
        """Add what is newly held, or with less than nothing give it back."""
        self._add(account, amounts)
        if unseen != NOTHING:
            self._add_unseen(account.tenancy, unseen)

    def __repr__(self) -> str:
        """All sums, in one order."""
        places, tenancies = sorted(self.places.items()), sorted(self.tenancies.items())
        unseen = sorted(self.unseen_tenancies.items())
        return repr((places, tenancies, sorted(self.agreements.items()), unseen))

    def _add(self, account: Account, amounts: Amounts) -> None:
        self.places.put(account.place, self.places.get(account.place) + amounts)
        self.tenancies.put(account.tenancy, self.tenancies.get(account.tenancy) + amounts)
        self.agreements.put(account.agreement, self.agreements.get(account.agreement) + amounts)

    def _add_unseen(self, tenancy: Tenancy, amounts: Amounts) -> None:
        place = tenancy[:2]
        self.unseen_places.put(place, self.unseen_places.get(place) + amounts)
        self.unseen_tenancies.put(tenancy, self.unseen_tenancies.get(tenancy) + amounts)
