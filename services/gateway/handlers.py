"""What the gateway hears: the whole story of every deployment, and the answers to plans."""

from services.gateway.app.asking import CONSUMER
from services.gateway.app.plan import Planning
from services.gateway.app.story import Chronicle
from shared.contracts.ranking import PlanRanked
from shared.contracts.streams import DEPLOYMENTS, PLANS
from shared.runtime.service import Hears

PATIENCE = 0.03


def plans(planning: Planning) -> tuple[Hears, ...]:
    """The ranker's answers to plans: somebody waits for each."""
    return (Hears("gateway.plans", (PLANS,), (PlanRanked,), planning.answered),)


def story(chronicle: Chronicle) -> tuple[Hears, ...]:
    """Every event about a deployment is folded into its view, some hundredths of a second after it was told."""
    return (Hears(CONSUMER, (DEPLOYMENTS,), tuple(DEPLOYMENTS.members), chronicle.fold, patience=PATIENCE),)
