"""How a saga changes what stands: updates and actions, each ordered once and ended by one answer."""

from datetime import datetime
from typing import TypeAlias

from services.deployer.domain.commands import About, ChangeInfrastructure, DeadlinePassed, PerformAction, WakeAt
from services.deployer.domain.decision import Decision, Patience
from services.deployer.domain.states import Ask, Deployed, Trying, Updating
from shared.contracts.deployments import (
    ActionCompleted,
    ActionFailed,
    ActionRequested,
    CredentialLost,
    CredentialRestored,
    UpdateCompleted,
    UpdateFailed,
    UpdateRequested,
)
from shared.contracts.trials import TrialActed, TrialActionFailed, TrialChanged, TrialChangeFailed
from shared.contracts.vocabulary import Cause, DeploymentId

Change: TypeAlias = (
    UpdateRequested | TrialChanged | TrialChangeFailed | ActionRequested | TrialActed | TrialActionFailed
)
"""What is told of a standing deployment, beside its end."""


def change(saga: Deployed | Updating, event: Change, at: datetime, patience: Patience) -> Decision:
    """What follows for a deployment that stands."""
    match saga, event:
        case Deployed(actions=()), UpdateRequested() if event.revision > saga.order.revision:
            return _update(saga, event, at, patience)
        case Deployed(), UpdateRequested() if event.revision > saga.order.revision:
            return _no_update(saga, event)
        case Updating(), TrialChanged() if event.revision == saga.order.revision:
            return _updated(saga, event)
        case Updating(), TrialChangeFailed() if event.revision == saga.order.revision:
            return _end(saga, event.deployment_id, event.cause, event.sentence)
        case Deployed(), ActionRequested():
            return _act(saga, event)
        case Updating(), ActionRequested():
            return Decision(saga, (_action_failed(_asked(event), event.deployment_id, "An update is under way."),))
        case Deployed(), TrialActed() | TrialActionFailed():
            return _acted(saga, event)
        case _:
            return Decision(saga)


def too_slow(saga: Updating, late: DeadlinePassed, at: datetime) -> Decision:
    """The site had its time, unless it was us who could not ask. An answer after that is not heard any more."""
    if saga.waits_for_owner:
        return Decision(saga, (WakeAt(when=at + saga.order.trial_timeout, about=About.UPDATE, trial=late.trial),))
    site = saga.trials[-1].candidate.site
    sentence = f"{site} did not finish the update within the time a trial may take."
    return _end(saga, late.deployment_id, Cause.TIMEOUT, sentence)


def waiting(saga: Trying | Updating, event: CredentialLost | CredentialRestored, at: datetime) -> Decision:
    """Time stands still for what runs while nobody can act for the owner, and begins anew when somebody can."""
    lost = isinstance(event, CredentialLost)
    if lost is saga.waits_for_owner:
        return Decision(saga)
    if isinstance(event, CredentialLost):
        return Decision(saga.model_copy(update={"waits_for_owner": True}))
    order = saga.order.model_copy(update={"credential": event.credential})
    changed = saga.model_copy(update={"waits_for_owner": False, "order": order})
    last = saga.trials[-1]
    if isinstance(saga, Trying):
        wake = WakeAt(when=at + order.time_for(last.candidate), about=About.TRIAL, trial=last.number)
    else:
        wake = WakeAt(when=at + order.trial_timeout, about=About.UPDATE, trial=last.number)
    return Decision(changed, (wake,))


def _update(saga: Deployed, request: UpdateRequested, at: datetime, patience: Patience) -> Decision:
    order = saga.order.model_copy(
        update={
            "revision": request.revision,
            "credential": request.credential,
            "trial_timeout": request.limits.trial_timeout or patience.trial,
        }
    )
    standing = saga.trials[-1]
    change = ChangeInfrastructure(
        deployment_id=request.deployment_id,
        trial=standing.number,
        revision=request.revision,
        owner=order.owner,
        credential=order.credential,
        candidate=standing.candidate,
    )
    wake = WakeAt(when=at + order.trial_timeout, about=About.UPDATE, trial=standing.number)
    return Decision(Updating(order=order, trials=saga.trials), (change, wake))


def _updated(saga: Updating, changed: TrialChanged) -> Decision:
    done = UpdateCompleted(
        deployment_id=changed.deployment_id,
        revision=changed.revision,
        outputs=changed.outputs,
        resources=changed.resources,
    )
    return Decision(Deployed(order=saga.order, trials=saga.trials), (done,))


def _no_update(saga: Deployed, request: UpdateRequested) -> Decision:
    sentence = "An action is still under way; ask again when it has ended."
    order = saga.order.model_copy(update={"revision": request.revision})
    failed = UpdateFailed(
        deployment_id=request.deployment_id, revision=request.revision, cause=Cause.CONFIGURATION, sentence=sentence
    )
    return Decision(saga.model_copy(update={"order": order}), (failed,))


def _act(saga: Deployed, request: ActionRequested) -> Decision:
    """One action at a time is with the backend, the others wait their turn."""
    if any(ask.action_id == request.action_id for ask in saga.actions):
        return Decision(saga)
    waiting = saga.model_copy(update={"actions": (*saga.actions, _asked(request))})
    return Decision(waiting, () if saga.actions else (_perform(waiting, request.deployment_id),))


def _acted(saga: Deployed, answer: TrialActed | TrialActionFailed) -> Decision:
    if not saga.actions or saga.actions[0].action_id != answer.action_id:
        return Decision(saga)
    done, *rest = saga.actions
    if isinstance(answer, TrialActed):
        said: ActionCompleted | ActionFailed = ActionCompleted(
            deployment_id=answer.deployment_id,
            action_id=done.action_id,
            action=done.action,
            machines=done.machines,
            resources=answer.resources,
        )
    else:
        said = _action_failed(done, answer.deployment_id, answer.sentence)
    left = saga.model_copy(update={"actions": tuple(rest)})
    return Decision(left, (said, _perform(left, answer.deployment_id)) if rest else (said,))


def _asked(request: ActionRequested) -> Ask:
    return Ask(
        action_id=request.action_id, action=request.action, machines=request.machines, credential=request.credential
    )


def _perform(saga: Deployed, deployment: DeploymentId) -> PerformAction:
    ask, standing = saga.actions[0], saga.trials[-1]
    return PerformAction(
        deployment_id=deployment,
        trial=standing.number,
        revision=saga.order.revision,
        owner=saga.order.owner,
        credential=ask.credential,
        candidate=standing.candidate,
        action_id=ask.action_id,
        action=ask.action,
        machines=ask.machines,
    )


def _action_failed(ask: Ask, deployment: DeploymentId, sentence: str) -> ActionFailed:
    return ActionFailed(
        deployment_id=deployment,
        action_id=ask.action_id,
        action=ask.action,
        machines=ask.machines,
        sentence=sentence,
    )


def _end(saga: Updating, deployment: DeploymentId, cause: Cause, sentence: str) -> Decision:
    failed = UpdateFailed(deployment_id=deployment, revision=saga.order.revision, cause=cause, sentence=sentence)
    return Decision(Deployed(order=saga.order, trials=saga.trials), (failed,))
