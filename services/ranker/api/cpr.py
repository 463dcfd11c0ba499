"""`POST /rank` of the INDIGO generation: stateless; whoever asked the old CloudProviderRanker may ask here.

It answers by the old formulas, their defects included. What made the old one fail with 500 is told in a sentence.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from services.ranker.domain.cpr import Points, Promised, points

Number = Annotated[float, Field(allow_inf_nan=False)]
RESTRICTIONS = (
    "total_guaranteed",
    "total_limit",
    "user_guaranteed",
    "user_limit",
    "instance_guaranteed",
    "instance_limit",
)
UNRANKED = -1


class Wire(BaseModel):
    """What is not known of the old documents is passed over."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class Weighed(Wire):
    """A service under an agreement, and how much the group likes it."""

    sla_id: str
    service_id: str
    weight: Number | None = None


class Preference(Wire):
    """What is liked of one kind of service."""

    service_type: str | None = None
    priority: list[Weighed] = Field(default_factory=list)


class Target(Wire):
    """A promise with its restrictions by name."""

    type: str
    unit: str | None = None
    restrictions: dict[str, Number | None] | None = Field(default_factory=dict)


class Service(Wire):
    """A service of an agreement."""

    service_id: str
    type: str | None = None
    targets: list[Target] = Field(default_factory=list)


class Agreement(Wire):
    """An agreement with a provider."""

    id: str
    provider: str
    services: list[Service] = Field(default_factory=list)


class Metric(Wire):
    """A number that was measured."""

    name: str = Field(alias="metricName")
    value: Number | None = Field(default=None, alias="metricValue")


class Monitored(Wire):
    """A service with what was measured of it."""

    service_id: str
    service_parent_id: str | None = None
    type: str | None = None
    metrics: list[Metric] = Field(default_factory=list)


class Provider(Wire):
    """A provider with its services."""

    provider: str
    services: list[Monitored] = Field(default_factory=list)


class Asked(Wire):
    """All that the old ranker was told."""

    preferences: list[Preference] = Field(default_factory=list)
    sla: list[Agreement] = Field(default_factory=list)
    monitoring: list[Provider] = Field(default_factory=list)


class Ranked(BaseModel):
    """One service in the answer; `rank` counts from 1, and is -1 for what is not ranked."""

    provider: str
    service_id: str
    sla_weight: float
    total_score: float
    rank: int
    ranked: bool


@dataclass(slots=True)
class _Fact:
    """What is said of one service in all three documents."""

    provider: str
    service: str
    type: str = ""
    parent: str | None = None
    targets: tuple[Promised, ...] = ()
    metrics: Mapping[str, float] | None = None
    weight: float = 0.0

    def points(self) -> Points:
        return points(self.type, self.targets, self.metrics or {}, defects=True)


def old_routes() -> APIRouter:
    """`/rank`."""
    router = APIRouter(tags=["INDIGO"])

    @router.post("/rank")
    async def rank(asked: Asked) -> list[Ranked]:
        try:
            return ranked(asked)
        except ValueError as wrong:
            raise HTTPException(400, str(wrong)) from wrong

    return router


def ranked(asked: Asked) -> list[Ranked]:
    """Every service, ranked ones first; of equals in the order they came. Raises `ValueError` with a sentence."""
    facts = _facts(asked)
    rows = [(fact, *_total(fact, facts)) for fact in facts.values()]
    ordered = sorted(rows, key=lambda row: (not row[2], -row[0].weight, -row[1]))
    return [
        Ranked(
            provider=fact.provider,
            service_id=fact.service,
            sla_weight=fact.weight,
            total_score=total,
            rank=place if is_ranked else UNRANKED,
            ranked=is_ranked,
        )
        for place, (fact, total, is_ranked) in enumerate(ordered, start=1)
    ]


def _total(fact: _Fact, facts: Mapping[str, _Fact]) -> tuple[float, bool]:
    """The sum, and whether that is enough to be ranked."""
    own, parent = fact.points(), facts.get(fact.parent or "")
    total = own.total + (parent.points().total if parent else 0.0)
    return total, total != 0 and own.agreement is not None


def _facts(asked: Asked) -> dict[str, _Fact]:
    facts: dict[str, _Fact] = {}
    for provider in asked.monitoring:
        for service in provider.services:
            fact = facts.setdefault(service.service_id, _Fact(provider.provider, service.service_id))
            fact.type, fact.parent = service.type or "", service.service_parent_id
            fact.metrics = _metrics(service)
    for agreement in asked.sla:
        for promised in agreement.services:
            fact = facts.setdefault(promised.service_id, _Fact(agreement.provider, promised.service_id))
            fact.targets = tuple(_promised(promised.targets))
    for liked, weight in _weights(asked):
        facts[liked].weight = weight
    return facts


def _weights(asked: Asked) -> Iterator[tuple[str, float]]:
    known = {agreement.id: {service.service_id for service in agreement.services} for agreement in asked.sla}
    for preference in asked.preferences:
        for one in preference.priority:
            if one.sla_id not in known:
                raise ValueError(f"The preferences name the SLA {one.sla_id!r}, which is not among `sla`.")
            if one.service_id not in known[one.sla_id]:
                raise ValueError(f"The preferences name {one.service_id!r} of the SLA {one.sla_id!r}, which lacks it.")
            if one.weight is None:
                raise ValueError(f"The preferences give the service {one.service_id!r} no weight.")
            yield one.service_id, one.weight


def _metrics(service: Monitored) -> dict[str, float]:
    found: dict[str, float] = {}
    for metric in service.metrics:
        if metric.name in found:
            raise ValueError(f"The metric {metric.name!r} of the service {service.service_id!r} is there twice.")
        if metric.value is None:
            raise ValueError(f"The metric {metric.name!r} of the service {service.service_id!r} has no value.")
        found[metric.name] = metric.value
    return found


def _promised(targets: Iterable[Target]) -> Iterator[Promised]:
    for target in targets:
        named = target.restrictions
        yield Promised(target.type, (None,) if named is None else [named.get(name, 0.0) for name in RESTRICTIONS])
