"""What fits, as it is ordered and as it is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.ranker.domain.amounts import Amounts
from services.ranker.domain.case import Case, Placing
from shared.contracts.agreements import AgreementChanged
from shared.contracts.ranking import Candidate, FactAge, NodePlacement, Score


@dataclass(frozen=True, slots=True)
class Option:
    """A service that fits: the request there, how it would be placed, and its score."""

    case: Case
    placing: Placing
    score: Score

    @property
    def agreement(self) -> AgreementChanged:
        """The best of those that would do."""
        return self.placing.agreements[0]

    @property
    def takes(self) -> Amounts:
        """How much it takes of its service."""
        return self.placing.takes(self.case.ask)

    @property
    def order(self) -> tuple[int, float, str, str]:
        """Smaller comes first: the agreement's priority goes before the index."""
        return (-self.agreement.priority, -self.score.index, *self.case.place)


def candidate_of(option: Option) -> Candidate:
    """The option with all that its backend must know to begin."""
    service = option.case.offer.service
    return Candidate(
        site=option.case.offer.site.site,
        service=service.id,
        backend=service.backend,
        service_type=service.type,
        endpoint=service.endpoint,
        region=service.region,
        agreement=option.agreement.agreement,
        nodes=tuple(_nodes(option)),
        networks=option.placing.networks,
        settings=service.settings,
        score=option.score,
        ages=tuple(_ages(option)),
    )


def _nodes(option: Option) -> Iterator[NodePlacement]:
    machines, placing = option.case.ask.machines, option.placing
    if not placing.flavours:
        return
    for machine, image, flavour in zip(machines, placing.images, placing.flavours, strict=True):
        yield NodePlacement(
            node=machine.node,
            image=image.id if image else None,
            image_user=image.user if image else None,
            flavour=flavour.id if flavour else None,
        )


def _ages(option: Option) -> Iterator[FactAge]:
    case, chosen = option.case, option.agreement.agreement
    agreed = next(told.at for told in case.agreements if told.fact.agreement == chosen)
    times = {"site": case.offer.told_at, "agreement": agreed, "observation": case.sight.at if case.sight else None}
    for fact, at in times.items():
        yield FactAge(fact=fact, age=None if at is None else _age(at, case.ask.at))


def _age(then: datetime, at: datetime) -> float:
    return max(0.0, (at - then).total_seconds())
