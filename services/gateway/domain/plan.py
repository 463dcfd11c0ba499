"""A plan: where a template could run at the moment it was asked, kept for a while so that a deployment can cite it."""

import hashlib
import json
from datetime import datetime, timedelta

from shared.contracts.ranking import PlanRanked, PlanRequested
from shared.contracts.topology import Topology
from shared.contracts.vocabulary import PlanId, Principal, Value, Wishes

VALID_FOR = timedelta(hours=1)


class Plan(Value):
    """What was asked, until when it may be cited, and the ranker's answer once it is there.

    `digest` stands for topology, template and group, so that who cites the plan asks for the same thing.
    """

    id: PlanId
    owner: Principal
    user_group: str | None = None
    digest: str
    wishes: Wishes = Wishes()
    warnings: tuple[str, ...] = ()
    created_at: datetime
    expires_at: datetime
    answer: PlanRanked | None = None

    def is_over(self, at: datetime) -> bool:
        """Whether it is too old to be cited."""
        return at >= self.expires_at


def plan_of(
    request: PlanRequested, template: str, warnings: tuple[str, ...], at: datetime, valid_for: timedelta = VALID_FOR
) -> Plan:
    """The plan as it is while nobody has answered."""
    return Plan(
        id=request.plan_id,
        owner=request.owner,
        user_group=request.user_group,
        digest=digest(request.topology, template, request.user_group),
        wishes=request.wishes,
        warnings=warnings,
        created_at=at,
        expires_at=at + valid_for,
    )


def digest(topology: Topology, template: str, group: str | None) -> str:
    """The same for the same compiled template and group; secret values have no part in it."""
    text = json.dumps([topology.model_dump(mode="json", exclude_defaults=True), template, group], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
