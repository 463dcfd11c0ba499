"""`/rules`: the operators' rules that are in force."""

from collections.abc import Callable

from fastapi import APIRouter

from services.ranker.domain.rules.rule import Rule, Rules


def rules_routes(rules: Callable[[], Rules]) -> APIRouter:
    """Read only: rules are written in files."""
    router = APIRouter()

    @router.get("/rules", response_model_exclude_defaults=True)
    async def in_force() -> list[Rule]:
        return list(rules())

    return router
