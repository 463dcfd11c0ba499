"""The service has a network of every kind that the topology asks for."""

from services.ranker.domain.case import Case, Placing, Reason
from services.ranker.domain.stage import Stage
from shared.contracts.ranking import NetworkPlacement
from shared.contracts.topology import NetworkKind

STAGE = Stage.CAN
USUAL = (NetworkKind.PRIVATE, NetworkKind.PUBLIC)


def check(case: Case, placing: Placing) -> Placing | Reason:
    """Settle the networks; machines that ask for none are told which of the usual kinds there are."""
    if not case.ask.is_infrastructure:
        return placing
    there = case.offer.networks
    for kind in case.ask.networks:
        if kind not in there:
            listed = ", ".join(sorted(there)) or "none"
            return Reason(f"a {kind} network", listed, f"{case.offer.name} has no {kind} network.")
    kinds = dict.fromkeys((*case.ask.networks, *(USUAL if case.ask.machines else ())))
    networks = tuple(NetworkPlacement(kind=kind, network=there[kind]) for kind in kinds if kind in there)
    return placing._replace(networks=networks)
