"""One sentence for people per event: the timeline of a deployment reads as a story."""

from services.gateway.domain.view import Story
from shared.contracts.deployments import (
    DeletionFailed,
    DeletionRequested,
    DeploymentCompleted,
    DeploymentDeleted,
    DeploymentFailed,
    DeploymentRequested,
)
from shared.contracts.ranking import NoSiteFits, SitesRanked
from shared.contracts.trials import (
    CleanUpStuck,
    TrialCleaned,
    TrialFailed,
    TrialProgressed,
    TrialStarted,
    TrialSucceeded,
)


def sentence(event: Story) -> str:
    """What happened, in a sentence."""
    match event:
        case DeploymentRequested():
            return f"Deployment requested: {_count(len(event.topology.nodes), 'node')}, kind {event.topology.kind}."
        case DeletionRequested():
            return "Deletion requested." if not event.force else "Deletion requested, by force."
        case SitesRanked():
            order = ", ".join(f"{candidate.site} ({candidate.score.index:.4g})" for candidate in event.candidates[:5])
            return f"Ranked: {order}. {_count(len(event.rejected), 'service')} rejected."
        case NoSiteFits():
            return f"No site fits. {_count(len(event.rejected), 'service')} rejected."
        case TrialStarted():
            return f"Trial {event.trial} started at {event.site}."
        case TrialProgressed():
            return f"Trial {event.trial}: {event.message or 'progress'}"
        case TrialSucceeded():
            return f"Trial {event.trial} succeeded."
        case TrialFailed():
            return f"Trial {event.trial} failed ({event.cause}): {event.sentence}"
        case TrialCleaned():
            return f"Trial {event.trial} is cleaned up: nothing of it is left at the site."
        case CleanUpStuck():
            return f"Trial {event.trial} could not be cleaned up yet: {event.sentence}"
        case DeploymentCompleted():
            return f"Deployment complete after {_count(len(event.trials), 'trial')}."
        case DeploymentFailed():
            return f"Deployment failed ({event.cause}): {event.sentence}"
        case DeploymentDeleted():
            return "Deployment deleted: nothing of it is left at any site."
        case DeletionFailed():
            return f"Deletion failed: {event.sentence}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
