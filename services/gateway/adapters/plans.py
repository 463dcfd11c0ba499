"""Plans in PostgreSQL; see `ports.Plans` for what is promised."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.domain.plan import Plan
from shared.contracts.ranking import PlanRanked
from shared.contracts.vocabulary import PlanId

KEEP = text("INSERT INTO plans (id, expires_at, plan) VALUES (:id, :expires, :plan) ON CONFLICT DO NOTHING")
ONE = text("SELECT plan, answer FROM plans WHERE id = :id")
ANSWER = text("""
    UPDATE plans SET answer = u.answer FROM unnest(CAST(:ids AS text[]), CAST(:answers AS text[])) AS u(id, answer)
    WHERE plans.id = u.id
""")
FORGET = text("DELETE FROM plans WHERE expires_at < :before")


class PostgresPlans:
    """The store of plans."""

    async def keep(self, connection: AsyncConnection, plan: Plan) -> None:
        """Keep a plan that nobody has answered yet."""
        await connection.execute(
            KEEP, {"id": plan.id, "expires": plan.expires_at, "plan": plan.model_dump_json(exclude_defaults=True)}
        )

    async def one(self, connection: AsyncConnection, plan: PlanId) -> Plan | None:
        """One plan with its answer."""
        row = (await connection.execute(ONE, {"id": plan})).first()
        if row is None:
            return None
        found = Plan.model_validate_json(row.plan)
        answer = PlanRanked.model_validate_json(row.answer) if row.answer else None
        return found.model_copy(update={"answer": answer})

    async def answer(self, connection: AsyncConnection, answers: Sequence[PlanRanked]) -> None:
        """Put the answers to their plans; those of unknown plans are dropped."""
        if answers:
            columns = {
                "ids": [answer.plan_id for answer in answers],
                "answers": [answer.model_dump_json(exclude_defaults=True) for answer in answers],
            }
            await connection.execute(ANSWER, columns)

    async def forget(self, connection: AsyncConnection, before: datetime) -> None:
        """Forget the plans that were over before this time."""
        await connection.execute(FORGET, {"before": before})
