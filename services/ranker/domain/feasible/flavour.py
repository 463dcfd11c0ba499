"""The service has a flavour for every machine: the one that is named, or the smallest that is big enough."""

from collections.abc import Iterator, Sequence

from services.ranker.domain.case import Case, Placing, Reason
from services.ranker.domain.offer import Offer
from services.ranker.domain.stage import Stage
from shared.contracts.sites import Flavour
from shared.contracts.topology import ComputeNeeds

STAGE = Stage.CAN


def check(case: Case, placing: Placing) -> Placing | Reason:
    """Settle every machine's flavour. A service that lists none takes any size, but promises no special hardware."""
    if not case.ask.is_infrastructure:
        return placing
    flavours: list[Flavour | None] = []
    for machine in case.ask.machines:
        flavour = next((one for one in case.offer.flavours if _fits(one, machine.needs)), None)
        if flavour is None and (case.offer.flavours or _special(machine.needs)):
            return _missing(machine.node, machine.needs, case.offer)
        flavours.append(flavour)
    return placing._replace(flavours=tuple(flavours))


def _fits(flavour: Flavour, needs: ComputeNeeds) -> bool:
    if needs.instance_type is not None:
        return needs.instance_type in (flavour.name, flavour.id)
    return (
        flavour.cpus >= (needs.cpus or 0)
        and flavour.memory >= (needs.memory or 0)
        and flavour.disk >= (needs.disk or 0)
        and flavour.gpus >= needs.gpus
        and (flavour.infiniband or not needs.infiniband)
        and (
            not needs.gpus
            or (_same(needs.gpu_vendor, flavour.gpu_vendor) and _same(needs.gpu_model, flavour.gpu_model))
        )
    )


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
    return Reason(needed, there, f"{offer.name} has no flavour for {node}: {needed}.")


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
