"""One sentence for people per event: the timeline of a deployment reads as a story."""

from services.gateway.domain.view import Story
from shared.contracts.deployments import (
    ActionCompleted,
    ActionFailed,
    ActionRequested,
    CredentialLost,
    CredentialRestored,
    DeletionFailed,
    DeletionRequested,
    DeploymentCompleted,
    DeploymentDeleted,
    DeploymentFailed,
    DeploymentRequested,
    ResetRequested,
    UpdateCompleted,
    UpdateFailed,
    UpdateRequested,
)
from shared.contracts.ranking import NoSiteFits, SitesRanked
from shared.contracts.trials import (
    CleanUpStuck,
    TrialActed,
    TrialActionFailed,
    TrialChanged,
    TrialChangeFailed,
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
        case UpdateRequested() | UpdateCompleted() | UpdateFailed():
            return _of_update(event)
        case ActionRequested() | ActionCompleted() | ActionFailed():
            return _of_action(event)
        case ResetRequested():
            return "Asked not to wait for the deletion any longer."
        case CredentialLost():
            return f"Waiting for the owner to log in: {event.sentence}"
        case CredentialRestored():
            return "The owner has logged in again; it goes on."
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
        case TrialChanged() | TrialChangeFailed() | TrialActed() | TrialActionFailed():
            return _of_what_stands(event)
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


def _of_update(event: UpdateRequested | UpdateCompleted | UpdateFailed) -> str:
    match event:
        case UpdateRequested():
            return f"Update requested: {_count(len(event.topology.nodes), 'node')}, revision {event.revision}."
        case UpdateCompleted():
            return f"Update complete: revision {event.revision} stands."
        case UpdateFailed():
            return f"Update failed ({event.cause}): {event.sentence}"


def _of_action(event: ActionRequested | ActionCompleted | ActionFailed) -> str:
    machines = _count(len(event.machines), "machine")
    match event:
        case ActionRequested():
            return f"Asked to {event.action} {machines}."
        case ActionCompleted():
            return f"Done: {event.action} {machines}."
        case ActionFailed():
            return f"Could not {event.action} {machines}: {event.sentence}"


def _of_what_stands(event: TrialChanged | TrialChangeFailed | TrialActed | TrialActionFailed) -> str:
    match event:
        case TrialChanged():
            return f"What trial {event.trial} made is now as revision {event.revision} asks."
        case TrialChangeFailed():
            return f"What trial {event.trial} made could not be changed ({event.cause}): {event.sentence}"
        case TrialActed():
            return f"The site of trial {event.trial} has done what was asked."
        case TrialActionFailed():
            return f"The site of trial {event.trial} could not do what was asked: {event.sentence}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
