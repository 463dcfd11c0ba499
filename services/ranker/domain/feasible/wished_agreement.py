"""The agreement is one that the user, or a placement policy of the template, asks for by name.

A deployment is placed whole at one service, so policies for different nodes must agree on it.
"""

from collections.abc import Iterator

import numpy as np

from services.ranker.domain.ask import Ask
from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Mask, Rows
from services.ranker.domain.stage import Stage
from shared.contracts.topology import PlacementPolicy

STAGE = Stage.CAN


def check(board: Board, rows: Rows) -> Mask:
    """Keep the wished agreements of those that would do; several policies must all be met."""
    wished: list[set[str]] = [set(board.ask.wishes.agreements)] if board.ask.wishes.agreements else []
    wished += [{wanted} for _, wanted in _policies(board.ask)]
    for names in wished:
        board.usable = board.usable & np.array([one in names for one in board.rights.ids], np.bool_)
    return board.covered(rows)


def reason(case: Case) -> Reason:
    """Which wish is not met, or which two cannot be met together."""
    by_name: dict[str, PlacementPolicy] = {}
    for policy, wanted in _policies(case.ask):
        by_name.setdefault(wanted, policy)
    if len(by_name) > 1:
        (one, first), (other, second) = list(by_name.items())[:2]
        sentence = (
            f"The policy {first.name}{_targets(first)} wants agreement {one} and the policy {second.name}"
            f"{_targets(second)} wants {other}; {case.offer.name} cannot be under both."
        )
        return Reason(
            f"agreements {one} and {other}", "one of them at most", sentence, "one agreement in both policies"
        )
    names = [*by_name, *case.ask.wishes.agreements]
    wished = ", ".join(dict.fromkeys(names))
    there = ", ".join(case.board.rights.ids[number] for number in case.agreements)
    sentence = f"{case.offer.name} is not offered under agreement {wished}."
    return Reason(f"agreement {wished}", there, sentence, f"a wish for {there}, or none")


def _policies(ask: Ask) -> Iterator[tuple[PlacementPolicy, str]]:
    for policy in ask.sla_policies:
        if wanted := policy.properties.get("sla_id"):
            yield policy, str(wanted)


def _targets(policy: PlacementPolicy) -> str:
    return f" for {', '.join(policy.targets)}" if policy.targets else ""
