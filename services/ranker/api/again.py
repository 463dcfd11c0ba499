"""`/rankings/{deployment}/{revision}/rejected`: every reason there is, of which only the nearest misses were told."""

from fastapi import APIRouter, HTTPException

from services.ranker.api.routes import Shelf
from services.ranker.app.again import NotKept, Toolbox, as_it_was, made_again
from shared.contracts.ranking import Rejection
from shared.contracts.vocabulary import DeploymentId


def again_routes(shelf: Shelf, tools: Toolbox) -> APIRouter:
    """Rankings made again from what is kept of them."""
    router = APIRouter()

    @router.get("/rankings/{deployment}/{revision}/rejected")
    async def rejected(deployment: str, revision: int) -> list[Rejection]:
        async with shelf.database.transaction() as connection:
            found = await shelf.memory.rankings(connection, DeploymentId(deployment))
            kept = next((one for one in found if one.told.revision == revision), None)
            if kept is None:
                raise HTTPException(404, "No such ranking is known.")
            facts = await shelf.memory.thaw(connection, kept.facts) if kept.facts else []
        try:
            return list(made_again(kept, facts, as_it_was(kept, tools)).whole.rejected())
        except NotKept as reason:
            raise HTTPException(410, str(reason)) from reason

    return router
