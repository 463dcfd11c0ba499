"""The books as they were for one ranking, so that it can be made again: what matters to its group and its user."""

from collections.abc import Iterable, Sequence

from services.ranker.domain.amounts import Amounts
from services.ranker.domain.board import Board
from services.ranker.domain.books import Recalled
from services.ranker.domain.experience import EVERY_SORT, EVERYWHERE, Experience, Lore
from services.ranker.domain.held import Account, Held
from shared.contracts.vocabulary import AgreementId, ServiceId, SiteId, Value

Numbers = tuple[float, ...]


class FrozenBooks(Value):
    """Sums by service, by project, by agreement and by user, as far as there are any; and experience."""

    places: tuple[tuple[SiteId, ServiceId, Numbers], ...] = ()
    tenancies: tuple[tuple[SiteId, ServiceId, str, Numbers], ...] = ()
    agreements: tuple[tuple[AgreementId, Numbers], ...] = ()
    unseen_places: tuple[tuple[SiteId, ServiceId, Numbers], ...] = ()
    unseen_tenancies: tuple[tuple[SiteId, ServiceId, str, Numbers], ...] = ()
    shares: tuple[tuple[SiteId, ServiceId, AgreementId, str, Numbers], ...] = ()
    lore: tuple[tuple[SiteId, ServiceId, str, Numbers], ...] = ()


def freeze(board: Board) -> FrozenBooks:
    """The books as they are now, for the board's request."""
    held, lore, sort = board.books.held, board.books.lore, board.ask.sort
    rows = [row for site in board.federation.agreements_of(board.ask.group) for row in board.table.sites.get(site, ())]
    offers = [board.table.offers[row] for row in rows]
    places = list(dict.fromkeys(offer.place for offer in offers))
    tenancies = [(*offer.place, offer.project_id or "") for offer in offers]
    topics = [(place, one) for place in (EVERYWHERE, *places) for one in (EVERY_SORT, sort)]
    return FrozenBooks(
        places=tuple((*place, numbers) for place in places if (numbers := _numbers(held.places.get(place)))),
        tenancies=tuple((*one, numbers) for one in tenancies if (numbers := _numbers(held.tenancies.get(one)))),
        agreements=tuple((one, numbers) for one in board.rights.ids if (numbers := _numbers(held.agreements.get(one)))),
        unseen_places=tuple((*one, numbers) for one in places if (numbers := _numbers(held.unseen_places.get(one)))),
        unseen_tenancies=tuple(
            (*one, numbers) for one in tenancies if (numbers := _numbers(held.unseen_tenancies.get(one)))
        ),
        shares=tuple((*account, tuple(amounts)) for account, amounts in board.books.shares_of(board.ask.user)),
        lore=tuple((*place, one, known) for place, one in topics if (known := lore.get((place, one))) != Experience()),
    )


def thaw(frozen: FrozenBooks, user: str) -> Recalled:
    """What a store would have recalled then, for books that rank the same request of this user again."""
    held = Held({}, {})
    for site, service, numbers in frozen.places:
        held.places.put((site, service), numbers)
    for site, service, project, numbers in frozen.tenancies:
        held.tenancies.put((site, service, project), numbers)
    for agreement, numbers in frozen.agreements:
        held.agreements.put(agreement, numbers)
    for site, service, numbers in frozen.unseen_places:
        held.unseen_places.put((site, service), numbers)
    for site, service, project, numbers in frozen.unseen_tenancies:
        held.unseen_tenancies.put((site, service, project), numbers)
    shares = {
        (user, Account(site, service, agreement, project)): Amounts(*numbers)
        for site, service, agreement, project, numbers in frozen.shares
    }
    lore = Lore({((site, service), sort): Experience(*numbers) for site, service, sort, numbers in frozen.lore})
    return Recalled(held=held, shares=shares, lore=lore)


def _numbers(values: Iterable[float]) -> Numbers:
    """The numbers, or none if all are zero."""
    numbers: Sequence[float] = [float(value) for value in values]
    return tuple(numbers) if any(numbers) else ()
