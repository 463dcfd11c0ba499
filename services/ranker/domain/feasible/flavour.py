"""The service has a flavour for every machine: the one that is named, or the smallest that is big enough."""

from collections.abc import Iterator, Sequence

import numpy as np

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Mask, Rows
from services.ranker.domain.offer import Offer
from services.ranker.domain.rights import NONE
from services.ranker.domain.stage import Stage
from services.ranker.domain.table import Table
from shared.contracts.sites import Flavour
from shared.contracts.topology import ComputeNeeds

STAGE = Stage.CAN


def check(board: Board, rows: Rows) -> Mask:
    """Settle every machine's flavour. A service that lists none takes any size, but promises no special hardware."""
    passed = np.ones(len(rows), np.bool_)
    if not board.ask.is_infrastructure:
        return passed
    chosen: dict[ComputeNeeds, Rows] = {}
    for machine in board.ask.machines:
        if machine.needs not in chosen:
            chosen[machine.needs] = _smallest(board.table, machine.needs)
        found = chosen[machine.needs][rows] != NONE
        passed &= found if _special(machine.needs) else found | (board.table.flavour_count[rows] == 0)
    board.flavours = [chosen[machine.needs] for machine in board.ask.machines]
    return passed


def reason(case: Case) -> Reason:
    """The first machine that has none."""
    offer = case.offer
    for number, machine in enumerate(case.ask.machines):
        if case.flavour(number) is None and (offer.flavours or _special(machine.needs)):
            return _missing(machine.node, machine.needs, offer)
    raise LookupError(f"{offer.name} has a flavour for every machine")


def _smallest(table: Table, needs: ComputeNeeds) -> Rows:
    """For each row the number of its first flavour that fits, as they are listed smallest first."""
    fits = np.flatnonzero(_fits(table, needs))
    owners = table.flavour_owner[fits]
    first = np.ones(len(fits), np.bool_)
    first[1:] = owners[1:] != owners[:-1]
    found: Rows = np.full(len(table), NONE, np.intp)
    found[owners[first]] = fits[first]
    return found


def _fits(table: Table, needs: ComputeNeeds) -> Mask:
    named = needs.instance_type
    if named is not None:
        return table.every_flavour(("named", named), lambda flavour: named in (flavour.name, flavour.id))
    sizes, fits = table.sizes, np.ones(len(table.flavour_owner), np.bool_)
    for name in ("cpus", "memory", "disk", "gpus"):
        least: float = getattr(needs, name) or 0
        if least:
            fits &= sizes[name] >= least
    if needs.infiniband:
        fits &= sizes["infiniband"] > 0
    if needs.gpus and (needs.gpu_vendor or needs.gpu_model):
        vendor, model = needs.gpu_vendor, needs.gpu_model
        fits &= table.every_flavour(
            ("gpu", vendor, model), lambda one: _same(vendor, one.gpu_vendor) and _same(model, one.gpu_model)
        )
    return fits


def _same(needed: str | None, there: str | None) -> bool:
    return needed is None or (there is not None and needed.lower() == there.lower())


def _special(needs: ComputeNeeds) -> bool:
    return needs.instance_type is not None or needs.gpus > 0 or needs.infiniband


def _missing(node: str, needs: ComputeNeeds, offer: Offer) -> Reason:
    needed = ", ".join(_said(needs))
    if not offer.flavours:
        there = "no flavours listed"
    elif needs.instance_type is not None:
        there = ", ".join(flavour.name for flavour in offer.flavours)
    else:
        there = ", ".join(_largest(offer.flavours))
    sentence = f"{offer.name} has no flavour for {node}: {needed}."
    return Reason(needed, there, sentence, f"a flavour with {needed}, or a smaller {node}")


def _said(needs: ComputeNeeds) -> Iterator[str]:
    if needs.instance_type is not None:
        yield f"named {needs.instance_type}"
        return
    if needs.cpus:
        yield f"{needs.cpus:g} cpus"
    if needs.memory:
        yield f"{needs.memory} MB memory"
    if needs.disk:
        yield f"{needs.disk} GB disk"
    if needs.gpus:
        yield " ".join([str(needs.gpus), *(word for word in (needs.gpu_vendor, needs.gpu_model) if word), "gpus"])
    if needs.infiniband:
        yield "InfiniBand"


def _largest(flavours: Sequence[Flavour]) -> Iterator[str]:
    """The most there is of each; no one flavour need have it all."""
    yield f"at most {max(flavour.cpus for flavour in flavours):g} cpus"
    yield f"{max(flavour.memory for flavour in flavours)} MB memory"
    yield f"{max(flavour.disk for flavour in flavours)} GB disk"
    yield f"{max(flavour.gpus for flavour in flavours)} gpus"
