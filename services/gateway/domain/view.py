"""What a user sees of a deployment: a fold over its events. Late and doubled events leave it as it is."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from pydantic import Field

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
from shared.contracts.topology import Json
from shared.contracts.trials import (
    CleanUpStuck,
    NodeProgress,
    Resource,
    TrialActed,
    TrialActionFailed,
    TrialChanged,
    TrialChangeFailed,
    TrialCleaned,
    TrialFailed,
    TrialOutcome,
    TrialProgressed,
    TrialStarted,
    TrialSucceeded,
)
from shared.contracts.vocabulary import ActionId, Cause, DeploymentId, Principal, Revision, TrialNo, Value


class Status(StrEnum):
    """The status words that INDIGO clients know."""

    CREATE_IN_PROGRESS = "CREATE_IN_PROGRESS"
    CREATE_COMPLETE = "CREATE_COMPLETE"
    CREATE_FAILED = "CREATE_FAILED"
    UPDATE_IN_PROGRESS = "UPDATE_IN_PROGRESS"
    UPDATE_COMPLETE = "UPDATE_COMPLETE"
    UPDATE_FAILED = "UPDATE_FAILED"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"
    DELETE_COMPLETE = "DELETE_COMPLETE"
    DELETE_FAILED = "DELETE_FAILED"


class Task(StrEnum):
    """Who is at work: nobody, the ranker, or the deployer."""

    NONE = "NONE"
    BROKERING = "BROKERING"
    DEPLOYER = "DEPLOYER"


class TrialView(Value):
    """One trial as a user sees it."""

    trial: TrialNo
    site: str
    service: str
    backend: str
    service_type: str = ""
    endpoint: str
    region: str | None = None
    outcome: TrialOutcome = TrialOutcome.RUNNING
    cause: Cause | None = None
    sentence: str = ""
    detail: str = ""
    started_at: datetime
    ended_at: datetime | None = None
    cleaned_at: datetime | None = None
    external_id: str | None = None
    message: str = ""
    nodes: tuple[NodeProgress, ...] = ()


class Seat(Value):
    """What a site once had for a node. It is numbered by its place among those of its node, once and for ever."""

    node: str
    external_id: str


FIRST = Revision(1)
AUTH_LOST = "AUTH_LOST"
"""How a reason begins while nobody can act for the owner."""


class View(Value):
    """A deployment as a user sees it. `acting` are the actions that were asked for and are not done."""

    id: DeploymentId
    owner: Principal
    user_group: str | None = None
    status: Status = Status.CREATE_IN_PROGRESS
    reason: str | None = None
    task: Task = Task.BROKERING
    created_at: datetime
    updated_at: datetime
    callback: str | None = None
    outputs: dict[str, Json] = Field(default_factory=dict)
    resources: tuple[Resource, ...] = ()
    seats: tuple[Seat, ...] = ()
    trials: tuple[TrialView, ...] = ()
    revision: Revision = FIRST
    acting: tuple[ActionId, ...] = ()
    waits_for_owner: bool = False

    @property
    def stands(self) -> bool:
        """Whether the deployment stands and nothing about it is being changed; actions may be under way."""
        return self.status in {Status.CREATE_COMPLETE, Status.UPDATE_COMPLETE, Status.UPDATE_FAILED}

    @property
    def under_way(self) -> bool:
        """Whether the services are at work on it."""
        return self.status in {Status.CREATE_IN_PROGRESS, Status.UPDATE_IN_PROGRESS, Status.DELETE_IN_PROGRESS}

    @property
    def being_deleted(self) -> bool:
        """Whether a deletion was asked for; what is told about the creation after that no longer counts."""
        return self.status in {Status.DELETE_IN_PROGRESS, Status.DELETE_COMPLETE, Status.DELETE_FAILED}


Story: TypeAlias = (
    DeploymentRequested
    | UpdateRequested
    | DeletionRequested
    | ActionRequested
    | ResetRequested
    | CredentialLost
    | CredentialRestored
    | SitesRanked
    | NoSiteFits
    | TrialStarted
    | TrialProgressed
    | TrialSucceeded
    | TrialFailed
    | TrialChanged
    | TrialChangeFailed
    | TrialActed
    | TrialActionFailed
    | TrialCleaned
    | CleanUpStuck
    | DeploymentCompleted
    | DeploymentFailed
    | UpdateCompleted
    | UpdateFailed
    | ActionCompleted
    | ActionFailed
    | DeploymentDeleted
    | DeletionFailed
)


def begin(request: DeploymentRequested, at: datetime, callback: str | None = None) -> View:
    """The view of a deployment that was just asked for."""
    return View(
        id=request.deployment_id,
        owner=request.owner,
        user_group=request.user_group,
        created_at=at,
        updated_at=at,
        callback=callback,
    )


def fold(view: View, event: Story, at: datetime) -> View:
    """The view after `event`, which was told at the time `at`."""
    changes = _changes(view, event, at)
    return view.model_copy(update={**changes, "updated_at": max(at, view.updated_at)})


def _changes(view: View, event: Story, at: datetime) -> dict[str, object]:
    match event:
        case SitesRanked() if not view.being_deleted:
            return {"task": Task.DEPLOYER}
        case TrialStarted():
            return {"trials": _started(view.trials, event, at)}
        case TrialProgressed() | TrialSucceeded() | TrialFailed() | TrialCleaned() | CleanUpStuck():
            return {"trials": tuple(_told(trial, event, at) for trial in view.trials)}
        case DeploymentCompleted() if not view.being_deleted:
            done = {"status": Status.CREATE_COMPLETE, "task": Task.NONE, "reason": None}
            return {**done, "outputs": event.outputs, **_standing(view, event.resources)}
        case DeploymentFailed() if not view.being_deleted:
            return {"status": Status.CREATE_FAILED, "task": Task.NONE, "reason": event.sentence}
        case UpdateRequested() | UpdateCompleted() | UpdateFailed() if not view.being_deleted:
            return _updated(view, event)
        case ActionRequested() | ActionCompleted() | ActionFailed() if not view.being_deleted:
            return _acted(view, event)
        case CredentialLost() if not view.being_deleted:
            return {"waits_for_owner": True, "reason": f"{AUTH_LOST}: {event.sentence}"}
        case CredentialRestored() if view.waits_for_owner:
            return {"waits_for_owner": False, "reason": None}
        case DeletionRequested() if view.status is not Status.DELETE_COMPLETE:
            return {"status": Status.DELETE_IN_PROGRESS, "task": Task.DEPLOYER, "reason": None}
        case DeploymentDeleted():
            gone = {"status": Status.DELETE_COMPLETE, "task": Task.NONE, "reason": None}
            return {**gone, "outputs": {}, "resources": ()}
        case DeletionFailed() if view.status is not Status.DELETE_COMPLETE:
            return {"status": Status.DELETE_FAILED, "task": Task.NONE, "reason": event.sentence}
        case _:
            return {}


def _updated(view: View, event: UpdateRequested | UpdateCompleted | UpdateFailed) -> dict[str, object]:
    """An answer about an earlier revision comes too late."""
    match event:
        case UpdateRequested() if event.revision > view.revision:
            asked = {"status": Status.UPDATE_IN_PROGRESS, "task": Task.DEPLOYER, "reason": None}
            return {**asked, "revision": event.revision}
        case UpdateCompleted() if event.revision == view.revision:
            done = {"status": Status.UPDATE_COMPLETE, "task": Task.NONE, "reason": None}
            return {**done, "outputs": event.outputs, **_standing(view, event.resources)}
        case UpdateFailed() if event.revision == view.revision:
            return {"status": Status.UPDATE_FAILED, "task": Task.NONE, "reason": event.sentence}
        case _:
            return {}


def _acted(view: View, event: ActionRequested | ActionCompleted | ActionFailed) -> dict[str, object]:
    rest = tuple(action for action in view.acting if action != event.action_id)
    match event:
        case ActionRequested():
            return {"acting": (*rest, event.action_id)}
        case ActionCompleted(resources=resources) if resources:
            return {"acting": rest, **_standing(view, resources)}
        case _:
            return {"acting": rest}


def _standing(view: View, resources: tuple[Resource, ...]) -> dict[str, object]:
    seated = {(seat.node, seat.external_id) for seat in view.seats}
    new = [one for one in resources if (one.node, one.external_id) not in seated]
    return {
        "resources": resources,
        "seats": (*view.seats, *(Seat(node=one.node, external_id=one.external_id) for one in new)),
    }


def _started(trials: tuple[TrialView, ...], event: TrialStarted, at: datetime) -> tuple[TrialView, ...]:
    if any(trial.trial == event.trial for trial in trials):
        return trials
    started = TrialView(
        trial=event.trial,
        site=event.site,
        service=event.service,
        backend=event.backend,
        service_type=event.service_type,
        endpoint=event.endpoint,
        region=event.region,
        started_at=at,
    )
    return (*trials, started)


def _told(
    trial: TrialView, event: TrialProgressed | TrialSucceeded | TrialFailed | TrialCleaned | CleanUpStuck, at: datetime
) -> TrialView:
    if trial.trial != event.trial:
        return trial
    return trial.model_copy(update=_trial_changes(trial, event, at))


def _trial_changes(
    trial: TrialView, event: TrialProgressed | TrialSucceeded | TrialFailed | TrialCleaned | CleanUpStuck, at: datetime
) -> dict[str, object]:
    match event:
        case TrialProgressed():
            seen = event.external_id or trial.external_id
            return {"external_id": seen, "message": event.message, "nodes": event.nodes}
        case TrialSucceeded():
            return {"outcome": TrialOutcome.SUCCEEDED, "external_id": event.external_id, "ended_at": at}
        case TrialFailed() if trial.outcome is TrialOutcome.RUNNING:
            why = {"cause": event.cause, "sentence": event.sentence, "detail": event.detail}
            return {"outcome": TrialOutcome.FAILED, "ended_at": at, **why}
        case TrialCleaned():
            return {"outcome": TrialOutcome.CLEANED, "cleaned_at": at}
        case CleanUpStuck():
            return {"outcome": TrialOutcome.STUCK, "message": event.sentence}
        case _:
            return {}
