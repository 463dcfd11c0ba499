"""Plans: compile and rank without creating anything."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta

from services.gateway.app.asking import SOURCE, Refused, Unknown
from services.gateway.app.story import Bell
from services.gateway.domain.plan import Plan, digest, plan_of
from services.gateway.ports import Plans
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.envelope import Envelope
from shared.contracts.ranking import PlanRanked, PlanRequested
from shared.contracts.streams import PLANS
from shared.contracts.vocabulary import PlanId, Principal, Wishes
from shared.messaging.database import Database
from shared.messaging.transaction import Clock, Work

REMEMBERED = timedelta(days=1)
PATIENCE = timedelta(seconds=10)
LOOK_AGAIN = 0.5
"""Seconds: the answer may have come to another process of the gateway, whose bell is not heard here."""


class Planning:
    """Asks the ranker where something could run, and keeps the answer for a while."""

    def __init__(self, plans: Plans, bell: Bell, *, database: Database, clock: Clock, valid_for: timedelta) -> None:
        """`bell` rings when an answer has come; a plan may be cited for `valid_for`."""
        self._plans = plans
        self._bell = bell
        self._database = database
        self._clock = clock
        self._valid_for = valid_for

    async def ask(
        self, request: PlanRequested, template: str, warnings: Sequence[str], trace: Mapping[str, str]
    ) -> Plan:
        """The plan, with its answer if that comes within ten seconds."""
        async with self._database.transaction() as connection:
            work = Work(connection, SOURCE, self._clock())
            plan = plan_of(request, template, tuple(warnings), work.at, self._valid_for)
            await self._plans.keep(connection, plan)
            await self._plans.forget(connection, work.at - REMEMBERED)
            work.begin(PLANS, Envelope(id=str(uuid.uuid4()), source=SOURCE, time=work.at, body=request, trace=trace))
            await work.flush()
        late = plan.created_at + PATIENCE
        while plan.answer is None and self._clock() < late:
            await self._bell.news(plan.id, LOOK_AGAIN)
            plan = await self.one(request.owner, plan.id)
        return plan

    async def one(self, owner: Principal, plan: PlanId) -> Plan:
        """A plan of the owner's. Raises `Unknown`."""
        async with self._database.transaction() as connection:
            found = await self._plans.one(connection, plan)
        if found is None or found.owner != owner:
            raise Unknown(plan)
        return found

    async def as_planned(self, request: DeploymentRequested, plan: PlanId) -> DeploymentRequested:
        """The request with the wishes of the plan it cites.

        Raises `Unknown`, or `Refused` when the plan is over, was made for something else, or found no site.
        """
        found = await self.one(request.owner, plan)
        if found.is_over(self._clock()):
            raise Refused(f"The plan {plan} was valid until {found.expires_at:%Y-%m-%d %H:%M} UTC; ask for a new one.")
        if found.digest != digest(request.topology, request.template, request.user_group):
            raise Refused(f"The plan {plan} was made for another template, other inputs or another group.")
        if found.answer is not None and not found.answer.candidates:
            raise Refused(f"The plan {plan} found no site; ask for a new one when that may have changed.")
        return request if request.wishes != Wishes() else request.model_copy(update={"wishes": found.wishes})

    async def answered(self, work: Work, told: Sequence[Envelope]) -> None:
        """Keep the ranker's answers, and wake those who wait for them."""
        answers = [envelope.body for envelope in told if isinstance(envelope.body, PlanRanked)]
        await self._plans.answer(work.connection, answers)
        work.after_commit(lambda: self._bell.ring([answer.plan_id for answer in answers]))
