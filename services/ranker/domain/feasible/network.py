"""The service has a network of every kind that the topology asks for."""

from collections.abc import Iterator

from services.ranker.domain.ask import Ask
from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Mask, Rows
from services.ranker.domain.offer import Offer
from services.ranker.domain.stage import Stage
from shared.contracts.ranking import NetworkPlacement
from shared.contracts.topology import NetworkKind

STAGE = Stage.CAN
USUAL = (NetworkKind.PRIVATE, NetworkKind.PUBLIC)


def check(board: Board, rows: Rows) -> Mask:
    """Whether all are there. An isolated network is no use to anybody without its addresses."""
    kinds = _asked(board.ask)
    return board.table.every(("network", kinds), lambda offer: not _missing(offer, kinds))[rows]


def chosen(offer: Offer, ask: Ask) -> Iterator[NetworkPlacement]:
    """One for each kind; machines that ask for none are told which of the usual kinds there are."""
    if not ask.is_infrastructure:
        return
    for kind in dict.fromkeys((*ask.networks, *(USUAL if ask.machines else ()))):
        network = offer.networks.get(kind)
        if network is not None:
            yield NetworkPlacement(
                kind=kind,
                network=network.id,
                cidr=network.cidr,
                proxy_host=network.proxy_host,
                proxy_user=network.proxy_user,
            )


def reason(case: Case) -> Reason:
    """The first kind that is not there."""
    offer = case.offer
    kind = _missing(offer, _asked(case.ask))[0]
    listed = ", ".join(sorted(offer.networks)) or "none"
    if kind in offer.networks:
        listed = f"{offer.networks[kind].name} without addresses"
    return Reason(f"a {kind} network", listed, f"{offer.name} has no {kind} network.", f"a {kind} network there")


def _asked(ask: Ask) -> tuple[NetworkKind, ...]:
    return ask.networks if ask.is_infrastructure else ()


def _missing(offer: Offer, kinds: tuple[NetworkKind, ...]) -> list[NetworkKind]:
    return [kind for kind in kinds if not _serves(offer, kind)]


def _serves(offer: Offer, kind: NetworkKind) -> bool:
    network = offer.networks.get(kind)
    return network is not None and (kind is not NetworkKind.ISOLATED or network.cidr is not None)
