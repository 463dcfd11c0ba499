"""What fits, as it is told."""

from collections.abc import Iterator
from datetime import datetime
from math import inf

import numpy as np

from services.ranker.domain.amounts import DIMENSIONS, Amounts
from services.ranker.domain.case import Case
from services.ranker.domain.feasible import image, network
from services.ranker.domain.room import Account
from shared.contracts.ranking import Candidate, FactAge, NodePlacement, QuotaLine, Score, VolumePlacement


def candidate_of(case: Case, score: Score, counterfactual: str) -> Candidate:
    """The row with all that its backend must know to begin."""
    service = case.offer.service
    return Candidate(
        site=case.offer.site.site,
        service=service.id,
        backend=service.backend,
        service_type=service.type,
        endpoint=service.endpoint,
        region=service.region,
        agreement=case.agreement.fact.agreement,
        nodes=tuple(_nodes(case)),
        networks=tuple(network.chosen(case.offer, case.ask)),
        volumes=tuple(_volumes(case)),
        project=case.offer.project_id,
        settings=service.settings,
        credentials_required=service.credentials_required,
        score=score,
        ages=tuple(_ages(case)),
        quota=tuple(_quota(case)),
        patience=_patience(case),
        counterfactual=counterfactual,
    )


def takes(case: Case) -> Amounts:
    """How much the request takes there."""
    room = case.board.room
    needed = case.board.needed(np.array([case.row]))[:, 0] if room is None else room.needed[:, room.place(case.row)]
    return Amounts(*needed.tolist())


def _nodes(case: Case) -> Iterator[NodePlacement]:
    if not case.ask.is_infrastructure:
        return
    for number, machine in enumerate(case.ask.machines):
        found, flavour = image.chosen(case.offer, machine.needs.image), case.flavour(number)
        yield NodePlacement(
            node=machine.node,
            image=found.id if found else None,
            image_user=found.user if found else None,
            flavour=flavour.id if flavour else None,
        )


def _volumes(case: Case) -> Iterator[VolumePlacement]:
    for volume in case.ask.volumes:
        if volume.needs.type is not None:
            yield VolumePlacement(node=volume.node, type=case.offer.volume_types[volume.needs.type])


def _ages(case: Case) -> Iterator[FactAge]:
    seen = case.sight.at if case.sight else None
    for fact, at in (("site", case.offer.told_at), ("agreement", case.agreement.at), ("observation", seen)):
        yield FactAge(fact=fact, age=None if at is None else _age(at, case.ask.at))


def _quota(case: Case) -> Iterator[QuotaLine]:
    """What is taken, and of it what is left of every limit that there is."""
    room, number = case.board.room, int(case.board.agreement[case.row])
    if room is None:
        return
    place = room.place(case.row)
    needed = room.needed[:, place].tolist()
    for account in room.accounts:
        yield from _lines(account, place, needed)
    for account in room.agreements:
        yield from _lines(account, number, needed)


def _lines(account: Account, place: int, needed: list[float]) -> Iterator[QuotaLine]:
    for name, limits, uses, need in zip(DIMENSIONS, account.limit, account.used, needed, strict=True):
        if need <= 0 or uses is None:
            continue
        used, limit = float(uses[place]), inf if limits is None else float(limits[place])
        if limit < inf:
            free = max(0.0, limit - used - need)
            yield QuotaLine(quantity=name, of=account.of, limit=limit, used=used, to_use=need, free=free)
        elif account.of == "service":
            yield QuotaLine(quantity=name, of=account.of, used=used, to_use=need)


def _patience(case: Case) -> float | None:
    """What nearly all trials there need, and half as much again; nothing while too few were seen."""
    outlook, row, asked = case.board.outlook, case.row, case.board.weights.patience
    if outlook.succeeded[row] < asked.successes:
        return None
    usual = float(outlook.good[row] * np.exp(asked.deviations * outlook.spread[row]))
    return min(asked.most.total_seconds(), max(asked.least.total_seconds(), asked.factor * usual))


def _age(then: datetime, at: datetime) -> float:
    return max(0.0, (at - then).total_seconds())
