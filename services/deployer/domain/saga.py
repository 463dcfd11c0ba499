"""The saga, as one table: what follows from what.

Pure: no clock, no ids, no I/O. Time comes in as data; a deadline is a command (`WakeAt`) whose expiry is an event. What
is late, doubled or not ours changes nothing. A step and its undoing stand side by side: whoever gives up a trial orders
its clean-up in the same breath.
"""

from datetime import datetime

from services.deployer.domain.changes import Change, change, waiting
from services.deployer.domain.changes import too_slow as update_too_slow
from services.deployer.domain.commands import About, DeadlinePassed, StartTrial, WakeAt
from services.deployer.domain.decision import Command, Decision, Event, Patience
from services.deployer.domain.removal import briefs, clean_up, delete, is_clean, marked, marked_behind, one_less, stick
from services.deployer.domain.states import (
    Deleted,
    Deleting,
    DeletionStuck,
    Deployed,
    Failed,
    NotStarted,
    Order,
    Ranking,
    State,
    Trial,
    Trying,
    Updating,
)
from shared.contracts.deployments import (
    CredentialLost,
    CredentialRestored,
    DeletionRequested,
    DeploymentCompleted,
    DeploymentDeleted,
    DeploymentFailed,
    DeploymentRequested,
    ResetRequested,
)
from shared.contracts.ranking import Candidate, NoSiteFits, SitesRanked
from shared.contracts.trials import CleanUpStuck, TrialCleaned, TrialFailed, TrialOutcome, TrialStarted, TrialSucceeded
from shared.contracts.vocabulary import Cause, DeploymentId, Limits, TrialNo

NO_PATIENCE_GIVEN = Patience()


def decide(state: State, event: Event, at: datetime, patience: Patience = NO_PATIENCE_GIVEN) -> Decision:
    """What follows when `event` is heard in `state` at the time `at`."""
    match state, event:
        case NotStarted(), DeploymentRequested() as request:
            return _begin(request, at, patience)
        case NotStarted(), DeletionRequested() as request:
            return Decision(Deleted(), (DeploymentDeleted(deployment_id=request.deployment_id),))
        case Ranking(order=order), SitesRanked(candidates=()) as empty if empty.revision == order.revision:
            return _fail(empty.deployment_id, order, (), Cause.CAPACITY, "The ranker named no site.")
        case Ranking(order=order), SitesRanked() as ranked if ranked.revision == order.revision:
            return _try_next(ranked.deployment_id, order, (), _to_try(ranked.candidates, order.limits), at)
        case Ranking(order=order), NoSiteFits() as answer if answer.revision == order.revision:
            return _fail(answer.deployment_id, order, (), Cause.CAPACITY, _no_site(answer))
        case Ranking(order=order), DeadlinePassed(about=About.RANKING | About.OVERALL) as late:
            return _fail(late.deployment_id, order, (), Cause.TIMEOUT, "The sites were not ranked in time.")
        case Ranking(order=order), DeletionRequested() as request:
            return Decision(Deleted(), (DeploymentDeleted(deployment_id=request.deployment_id),))
        case Trying() as saga, TrialSucceeded() as success if success.trial == saga.running.number:
            return _succeed(saga, success)
        case Trying() as saga, TrialFailed() as failure if failure.trial == saga.running.number:
            return _after_failure(saga, failure, (), at)
        case Trying() as saga, DeadlinePassed(about=About.TRIAL) as late if late.trial == saga.running.number:
            return _too_slow(saga, late, at)
        case Trying() as saga, DeadlinePassed(about=About.OVERALL) as late:
            return _out_of_time(saga, late.deployment_id)
        case (Deployed() | Updating()) as saga, _ if isinstance(event, Change):
            return change(saga, event, at, patience)
        case Updating() as saga, DeadlinePassed(about=About.UPDATE) as late if late.trial == saga.trials[-1].number:
            return update_too_slow(saga, late, at)
        case (Trying() | Updating()) as saga, (CredentialLost() | CredentialRestored()) as news:
            return waiting(saga, news, at)
        case (Trying() | Deployed() | Updating() | Failed() | DeletionStuck()) as saga, DeletionRequested() as request:
            return delete(saga, request, at, patience)
        case (Trying() | Deployed() | Updating() | Failed()) as saga, TrialCleaned() as cleaned:
            return Decision(saga.model_copy(update={"trials": marked_behind(saga.trials, cleaned)}))
        case (Trying() | Deployed() | Updating() | Failed()) as saga, CleanUpStuck() as stuck:
            return Decision(saga.model_copy(update={"trials": marked_behind(saga.trials, stuck)}))
        case (Deleting() | DeletionStuck()) as saga, TrialCleaned() as cleaned:
            return one_less(saga, cleaned)
        case Deleting() as saga, CleanUpStuck() as stuck if not is_clean(saga.trials, stuck.trial):
            return stick(saga, stuck.deployment_id, marked(saga.trials, stuck), stuck.sentence)
        case Deleting() as saga, ResetRequested() as reset:
            return stick(saga, reset.deployment_id, saga.trials, "The deletion was reset; the sites go on removing.")
        case Deleting() as saga, DeadlinePassed(about=About.CLEANING) as late:
            return stick(saga, late.deployment_id, saga.trials, "The sites did not confirm the removal in time.")
        case _:
            return Decision(state)  # late, doubled, or not ours


def _begin(request: DeploymentRequested, at: datetime, patience: Patience) -> Decision:
    order = Order(
        revision=request.revision,
        owner=request.owner,
        credential=request.credential,
        limits=request.limits,
        trial_timeout=request.limits.trial_timeout or patience.trial,
        requested_at=at,
    )
    wake: tuple[Command, ...] = (WakeAt(when=at + patience.ranking, about=About.RANKING),)
    if request.limits.overall_timeout is not None:
        wake += (WakeAt(when=at + request.limits.overall_timeout, about=About.OVERALL),)
    return Decision(Ranking(order=order), wake)


def _to_try(candidates: tuple[Candidate, ...], limits: Limits) -> tuple[Candidate, ...]:
    """The candidates that may be tried, without the arithmetic: that stays in the ranking."""
    return tuple(
        candidate.model_copy(
            update={
                "score": candidate.score.model_copy(update={"terms": ()}),
                "ages": (),
                "quota": (),
                "counterfactual": "",
            }
        )
        for candidate in candidates[: limits.max_trials]
    )


def _try_next(
    deployment: DeploymentId,
    order: Order,
    trials: tuple[Trial, ...],
    left: tuple[Candidate, ...],
    at: datetime,
) -> Decision:
    if not left:
        return _fail(deployment, order, trials, trials[-1].cause or Cause.BACKEND, _exhausted(trials))
    candidate, *rest = left
    number = TrialNo(len(trials) + 1)
    deadline = at + order.time_for(candidate)
    return Decision(
        Trying(order=order, trials=(*trials, Trial(number=number, candidate=candidate)), left=tuple(rest)),
        (
            TrialStarted(
                deployment_id=deployment,
                trial=number,
                revision=order.revision,
                site=candidate.site,
                service=candidate.service,
                backend=candidate.backend,
                service_type=candidate.service_type,
                endpoint=candidate.endpoint,
                region=candidate.region,
                deadline=deadline,
            ),
            StartTrial(
                deployment_id=deployment,
                trial=number,
                revision=order.revision,
                owner=order.owner,
                credential=order.credential,
                candidate=candidate,
                deadline=deadline,
            ),
            WakeAt(when=deadline, about=About.TRIAL, trial=number),
        ),
    )


def _succeed(saga: Trying, success: TrialSucceeded) -> Decision:
    trials = (*saga.trials[:-1], saga.running.model_copy(update={"outcome": TrialOutcome.SUCCEEDED}))
    return Decision(
        Deployed(order=saga.order, trials=trials),
        (
            DeploymentCompleted(
                deployment_id=success.deployment_id,
                revision=saga.order.revision,
                outputs=success.outputs,
                resources=success.resources,
                trials=briefs(trials),
            ),
        ),
    )


def _after_failure(saga: Trying, failure: TrialFailed, said: tuple[Command, ...], at: datetime) -> Decision:
    """Clean the failed trial, or keep it if it is the last and the user wants to look; then go on, or end."""
    last = not failure.site_fault or not saga.left
    keep = last and saga.order.limits.keep_last
    outcome = TrialOutcome.KEPT if keep else TrialOutcome.FAILED
    failed = saga.running.model_copy(update={"outcome": outcome, "cause": failure.cause, "sentence": failure.sentence})
    trials = (*saga.trials[:-1], failed)
    undo = () if keep else (clean_up(failure.deployment_id, saga.order, failed),)
    if not failure.site_fault:
        then = _fail(failure.deployment_id, saga.order, trials, failure.cause, failure.sentence)
    else:
        then = _try_next(failure.deployment_id, saga.order, trials, saga.left, at)
    return Decision(then.state, (*said, *undo, *then.commands))


def _too_slow(saga: Trying, late: DeadlinePassed, at: datetime) -> Decision:
    """The site had its time, unless it was us who could not ask."""
    if saga.waits_for_owner:
        again = at + saga.order.time_for(saga.running.candidate)
        return Decision(saga, (WakeAt(when=again, about=About.TRIAL, trial=late.trial),))
    failure = TrialFailed(
        deployment_id=late.deployment_id,
        trial=saga.running.number,
        cause=Cause.TIMEOUT,
        sentence=f"{saga.running.candidate.site} did not finish within the time a trial may take.",
        site_fault=True,
    )
    return _after_failure(saga, failure, (failure,), at)


def _out_of_time(saga: Trying, deployment: DeploymentId) -> Decision:
    sentence = "The time for the whole deployment is over."
    failure = TrialFailed(
        deployment_id=deployment, trial=saga.running.number, cause=Cause.TIMEOUT, sentence=sentence, site_fault=False
    )
    keep = saga.order.limits.keep_last
    outcome = TrialOutcome.KEPT if keep else TrialOutcome.FAILED
    failed = saga.running.model_copy(update={"outcome": outcome, "cause": failure.cause, "sentence": sentence})
    undo: tuple[Command, ...] = () if keep else (clean_up(deployment, saga.order, failed),)
    then = _fail(deployment, saga.order, (*saga.trials[:-1], failed), Cause.TIMEOUT, sentence)
    return Decision(then.state, (failure, *undo, *then.commands))


def _fail(deployment: DeploymentId, order: Order, trials: tuple[Trial, ...], cause: Cause, sentence: str) -> Decision:
    return Decision(
        Failed(order=order, trials=trials, cause=cause, sentence=sentence),
        (
            DeploymentFailed(
                deployment_id=deployment, revision=order.revision, cause=cause, sentence=sentence, trials=briefs(trials)
            ),
        ),
    )


def _no_site(answer: NoSiteFits) -> str:
    reasons = "; ".join(f"{rejection.site}: {rejection.sentence}" for rejection in answer.rejected[:10])
    return f"No site meets the requirements. {reasons}" if reasons else "No site meets the requirements: none is known."


def _exhausted(trials: tuple[Trial, ...]) -> str:
    tried = "; ".join(f"{trial.candidate.site}: {trial.sentence}" for trial in trials)
    return f"Every site that fits was tried. {tried}"
