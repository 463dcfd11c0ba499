"""What the ranker hears, and who handles it."""

from services.ranker.app.answer import Answers
from shared.contracts.deployments import DeploymentCompleted, DeploymentDeleted, DeploymentFailed, DeploymentRequested
from shared.contracts.ranking import PlanRequested
from shared.contracts.streams import AGREEMENTS, DEPLOYMENTS, OBSERVATIONS, PLANS, SITES
from shared.contracts.trials import TrialCleaned, TrialFailed, TrialStarted, TrialSucceeded
from shared.runtime.service import Hears

FACTS = (SITES, AGREEMENTS, OBSERVATIONS)
"""What is folded into memory by every replica for itself."""


def hears(answers: Answers) -> tuple[Hears, ...]:
    """The ranker answers requests and plans, and follows what becomes of deployments."""
    story = (
        DeploymentRequested,
        TrialStarted,
        TrialSucceeded,
        TrialFailed,
        TrialCleaned,
        DeploymentCompleted,
        DeploymentFailed,
        DeploymentDeleted,
        PlanRequested,
    )
    return (Hears("ranker", (DEPLOYMENTS, PLANS), story, answers.hear),)
