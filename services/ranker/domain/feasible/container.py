"""The service takes containers that want GPUs or secrets, where the topology has such."""

from services.ranker.domain.ask import Ask
from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Mask, Rows
from services.ranker.domain.offer import Offer
from services.ranker.domain.stage import Stage

STAGE = Stage.CAN


def check(board: Board, rows: Rows) -> Mask:
    """Whether what the containers want is promised; what a service does not say, it does not promise."""
    wants = _wants(board.ask)
    return board.table.every(("container", wants), lambda offer: not _missing(offer, wants))[rows]


def reason(case: Case) -> Reason:
    """What is wanted and not promised."""
    missing = " and ".join(_missing(case.offer, _wants(case.ask)))
    sentence = f"{case.offer.name} does not run containers with {missing}."
    return Reason(f"containers with {missing}", "not offered", sentence, f"support of {missing} there")


def _wants(ask: Ask) -> tuple[bool, bool]:
    """GPUs, secrets. Containers on machines of their own get both from these."""
    if ask.is_infrastructure or ask.machines:
        return (False, False)
    needs = [container.needs for container in ask.containers]
    return (any(one.gpus for one in needs), any(one.secrets for one in needs))


def _missing(offer: Offer, wants: tuple[bool, bool]) -> list[str]:
    there = (offer.service.gpu_support, offer.service.secrets_support)
    named = zip(("GPUs", "secrets"), wants, there, strict=True)
    return [name for name, wanted, given in named if wanted and not given]
