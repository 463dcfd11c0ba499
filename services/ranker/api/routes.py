"""`/federation`, `/rankings/{deployment}`, `/strategies`: read only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, HTTPException

from services.ranker.api.schemas import (
    Arithmetic,
    KeptRanking,
    KnownAgreement,
    KnownFederation,
    KnownObservation,
    KnownSite,
    KnownStrategy,
)
from services.ranker.domain.federation import Federation
from services.ranker.domain.rank import Method
from services.ranker.domain.strategies import Strategy
from services.ranker.ports import Memory
from shared.contracts.ranking import SitesRanked
from shared.contracts.vocabulary import DeploymentId
from shared.messaging.database import Database


@dataclass(frozen=True)
class Shelf:
    """Where the routes look."""

    federation: Federation
    memory: Memory
    database: Database
    now: Callable[[], datetime]
    complete: Callable[[], bool]


def looking_routes(shelf: Shelf) -> APIRouter:
    """What the ranker knows, and what it said."""
    router = APIRouter()

    @router.get("/federation")
    async def federation() -> KnownFederation:
        at, known = shelf.now(), shelf.federation
        return KnownFederation(
            complete=shelf.complete(),
            sites=[KnownSite(age=_age(told.at, at), site=told.fact) for told in known.sites()],
            agreements=[KnownAgreement(age=_age(told.at, at), agreement=told.fact) for told in known.agreements()],
            observations=[
                KnownObservation(age=_age(told.fact.observed_at, at), observation=told.fact)
                for told in known.observations()
            ],
        )

    @router.get("/rankings/{deployment}")
    async def rankings(deployment: str) -> list[KeptRanking]:
        async with shelf.database.transaction() as connection:
            found = await shelf.memory.rankings(connection, DeploymentId(deployment))
        if not found:
            raise HTTPException(404, "No ranking of this deployment is known.")
        return [
            KeptRanking(at=kept.at, fits=isinstance(kept.told, SitesRanked), inputs=kept.inputs, ranking=kept.told)
            for kept in found
        ]

    return router


def method_routes(method: Method, strategies: Mapping[str, Strategy]) -> APIRouter:
    """How the ranker ranks."""
    router = APIRouter()

    @router.get("/strategies")
    async def arithmetic() -> Arithmetic:
        known = [
            KnownStrategy(name=name, sentence=strategy.sentence, in_use=name == method.strategy.name)
            for name, strategy in sorted(strategies.items())
        ]
        filters = [one.name for one in method.filters]
        return Arithmetic(filters=filters, strategies=known, weights=method.weights.model_dump(mode="json"))

    return router


def _age(then: datetime, at: datetime) -> float:
    return max(0.0, (at - then).total_seconds())
