"""Who asks what was agreed is answered from the store."""

from fastapi import APIRouter, HTTPException

from services.slam.api.schemas import AgreementsView, AgreementView
from services.slam.ports import Agreements
from shared.contracts.vocabulary import AgreementId
from shared.messaging.database import Database
from shared.messaging.transaction import Clock


def routes(database: Database, agreements: Agreements, clock: Clock) -> APIRouter:
    """The read API."""
    router = APIRouter()

    @router.get("/agreements")
    async def all_agreements(group: str | None = None) -> AgreementsView:
        async with database.transaction() as connection:
            found = await agreements.look(connection, group=group)
        return AgreementsView(agreements=[AgreementView.of(kept, clock()) for kept in found])

    @router.get("/agreements/{agreement}")
    async def one_agreement(agreement: str) -> AgreementView:
        async with database.transaction() as connection:
            found = await agreements.look(connection, agreement=AgreementId(agreement))
        if not found:
            raise HTTPException(404, f"There is no agreement {agreement!r}.")
        return AgreementView.of(found[0], clock())

    return router
