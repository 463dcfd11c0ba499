"""How a saga undoes: whatever a trial may have left is ordered away, and is gone only when its backend has looked."""

from datetime import datetime

from services.deployer.domain.commands import About, CleanUpTrial, WakeAt
from services.deployer.domain.decision import Decision, Patience
from services.deployer.domain.states import (
    Deleted,
    Deleting,
    DeletionStuck,
    Deployed,
    Failed,
    Order,
    Trial,
    Trying,
    Updating,
)
from shared.contracts.deployments import DeletionFailed, DeletionRequested, DeploymentDeleted
from shared.contracts.trials import CleanUpStuck, TrialBrief, TrialCleaned, TrialOutcome
from shared.contracts.vocabulary import DeploymentId, TrialNo

GIVEN_UP = {TrialOutcome.FAILED, TrialOutcome.STUCK}


def delete(
    saga: Trying | Deployed | Updating | Failed | DeletionStuck,
    request: DeletionRequested,
    at: datetime,
    patience: Patience,
) -> Decision:
    """Remove whatever any trial may have left, the running one included, with the right of whoever asks now."""
    order = saga.order.model_copy(update={"credential": request.credential})
    open_trials = [trial for trial in saga.trials if trial.may_leave_something]
    if not open_trials:
        return _gone(request.deployment_id, saga.trials)
    cleans = tuple(clean_up(request.deployment_id, order, trial, force=request.force) for trial in open_trials)
    wake = WakeAt(when=at + patience.cleaning, about=About.CLEANING)
    return Decision(Deleting(order=order, trials=saga.trials), (*cleans, wake))


def one_less(saga: Deleting | DeletionStuck, cleaned: TrialCleaned) -> Decision:
    """One trial less to wait for; after the last, the deployment is gone."""
    trials = marked(saga.trials, cleaned)
    if any(trial.may_leave_something for trial in trials):
        return Decision(saga.model_copy(update={"trials": trials}))
    return _gone(cleaned.deployment_id, trials)


def _gone(deployment: DeploymentId, trials: tuple[Trial, ...]) -> Decision:
    return Decision(Deleted(trials=trials), (DeploymentDeleted(deployment_id=deployment, trials=briefs(trials)),))


def stick(saga: Deleting, deployment: DeploymentId, trials: tuple[Trial, ...], sentence: str) -> Decision:
    """Say that the deletion failed for now, with what is left and where; a late clean-up still ends it well."""
    remains = tuple(line for trial in trials if trial.may_leave_something for line in _remains(trial))
    return Decision(
        DeletionStuck(order=saga.order, trials=trials),
        (DeletionFailed(deployment_id=deployment, sentence=sentence, remains=remains, trials=briefs(trials)),),
    )


def _remains(trial: Trial) -> tuple[str, ...]:
    where = f"trial {trial.number} at {trial.candidate.site}"
    return tuple(f"{where}: {thing}" for thing in trial.remains) or (where,)


def marked(trials: tuple[Trial, ...], news: TrialCleaned | CleanUpStuck) -> tuple[Trial, ...]:
    """The trials with the news about one of them taken in."""
    outcome = TrialOutcome.CLEANED if isinstance(news, TrialCleaned) else TrialOutcome.STUCK
    remains = news.remains if isinstance(news, CleanUpStuck) else ()
    return tuple(
        trial.model_copy(update={"outcome": outcome, "remains": remains}) if trial.number == news.trial else trial
        for trial in trials
    )


def marked_behind(trials: tuple[Trial, ...], news: TrialCleaned | CleanUpStuck) -> tuple[Trial, ...]:
    """The same, for a saga that goes on: only what was given up can be cleaned, a live trial cannot."""
    given_up = any(trial.number == news.trial and trial.outcome in GIVEN_UP for trial in trials)
    return marked(trials, news) if given_up else trials


def is_clean(trials: tuple[Trial, ...], number: TrialNo) -> bool:
    """Whether the trial was verified clean before; nothing can be stuck after that."""
    return any(trial.number == number and not trial.may_leave_something for trial in trials)


def clean_up(deployment: DeploymentId, order: Order, trial: Trial, *, force: bool = False) -> CleanUpTrial:
    """The order to remove all that `trial` made."""
    return CleanUpTrial(
        deployment_id=deployment,
        trial=trial.number,
        revision=order.revision,
        owner=order.owner,
        credential=order.credential,
        candidate=trial.candidate,
        force=force,
    )


def briefs(trials: tuple[Trial, ...]) -> tuple[TrialBrief, ...]:
    """All trials in a line each."""
    return tuple(trial.brief() for trial in trials)
