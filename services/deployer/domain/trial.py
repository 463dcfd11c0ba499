"""What one answer of a backend means for a trial's row: pure, so every crash and refusal can be played in a test."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from services.deployer.domain.outcomes import (
    Acted,
    Broken,
    Created,
    Going,
    Gone,
    Pending,
    Ready,
    Unasked,
    Unreachable,
    Withheld,
)
from shared.contracts.ranking import Candidate
from shared.contracts.trials import (
    CleanUpStuck,
    TrialActed,
    TrialActionFailed,
    TrialChanged,
    TrialChangeFailed,
    TrialCleaned,
    TrialFailed,
    TrialMessage,
    TrialProgressed,
    TrialSucceeded,
)
from shared.contracts.vocabulary import (
    Action,
    ActionId,
    BackendName,
    Cause,
    CredentialRef,
    DeploymentId,
    Principal,
    Revision,
    TrialNo,
    Value,
)


class Phase(StrEnum):
    """Where a trial stands with its backend."""

    CREATE = "create"
    WATCH = "watch"
    READY = "ready"
    CHANGE = "change"
    CHANGING = "changing"
    ACT = "act"
    BROKEN = "broken"
    GONE = "gone"


class Deed(Value):
    """An action as it was ordered."""

    action_id: ActionId
    action: Action
    machines: tuple[str, ...]


class Errand(Value):
    """What the saga ordered, as it was ordered."""

    owner: Principal
    credential: CredentialRef
    candidate: Candidate
    deed: Deed | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """The row of a trial. `calls` counts the creations that may have got through, written before each."""

    deployment_id: DeploymentId
    number: TrialNo
    revision: Revision
    backend: BackendName
    errand: Errand
    phase: Phase = Phase.CREATE
    wanted_gone: bool = False
    force: bool = False
    due_at: datetime | None = None
    calls: int = 0
    tries: int = 0
    failing_since: datetime | None = None
    seen_gone: bool = False
    stuck: bool = False
    external_id: str | None = None
    digest: str = ""
    told: int = 0

    @property
    def cleaning(self) -> bool:
        """Whether it is to be removed, rather than brought up."""
        return self.wanted_gone and self.phase is not Phase.GONE

    @property
    def stands(self) -> bool:
        """Whether it was brought up: what comes to nothing from now on leaves it standing."""
        return self.phase in (Phase.READY, Phase.CHANGE, Phase.CHANGING, Phase.ACT)

    @property
    def uncertain(self) -> bool:
        """Whether a creation may have got through of which we have not heard."""
        return self.calls > 0 and self.external_id is None


class Rhythm(NamedTuple):
    """When to ask again, and when to give up."""

    poll: timedelta = timedelta(seconds=2)
    unreachable: timedelta = timedelta(minutes=1)
    settle: timedelta = timedelta(seconds=5)
    stuck_after: int = 8
    slow: timedelta = timedelta(minutes=2)
    longest_pause: timedelta = timedelta(seconds=30)
    acting: timedelta = timedelta(minutes=10)


class Step(NamedTuple):
    """The row as it is to be written, and what is told with it."""

    trial: Trial
    says: tuple[TrialMessage, ...] = ()


Answer: TypeAlias = Created | Pending | Ready | Broken | Acted | Gone | Going | Unreachable | Unasked | Withheld


def advance(trial: Trial, answer: Answer, at: datetime, rhythm: Rhythm) -> Step:
    """What `answer`, received at `at`, makes of `trial`."""
    match answer:
        case Withheld():
            return Step(replace(trial, due_at=at + rhythm.longest_pause, failing_since=None))
        case Created(external_id=external_id):
            then = Phase.CHANGING if trial.phase is Phase.CHANGE else Phase.WATCH
            return Step(replace(trial, phase=then, external_id=external_id, due_at=at, tries=0, failing_since=None))
        case Pending() if not trial.cleaning:
            return _wait(trial, answer, at, rhythm)
        case Ready() if not trial.cleaning:
            return _ready(trial, answer)
        case Acted() if not trial.cleaning:
            return _acted(trial, answer)
        case Broken() if not trial.cleaning:
            return _broken(trial, answer)
        case Unreachable() if not trial.cleaning:
            return _unreachable(trial, answer, at, rhythm)
        case Unasked() if not trial.cleaning:
            later = at + _pause(trial.tries, answer, rhythm)
            return Step(replace(trial, due_at=later, tries=trial.tries + 1, failing_since=None))
        case Gone():
            return _gone(trial, at, rhythm)
        case Going():
            return Step(replace(trial, due_at=at + (answer.again or rhythm.poll), seen_gone=False))
        case Broken() | Unreachable() | Unasked():
            return _not_cleaned(trial, answer, at, rhythm)
        case _:
            return Step(replace(trial, due_at=at))


def _wait(trial: Trial, answer: Pending, at: datetime, rhythm: Rhythm) -> Step:
    if trial.phase is Phase.ACT:
        return _wait_for_action(trial, answer, at, rhythm)
    digest = f"{answer.message}|{'|'.join(f'{node.node}={node.state}' for node in answer.nodes)}"
    then = trial.phase if trial.stands else Phase.WATCH
    waiting = replace(trial, phase=then, due_at=at + (answer.again or rhythm.poll), tries=0, failing_since=None)
    if digest == trial.digest:
        return Step(waiting)
    progress = TrialProgressed(
        deployment_id=trial.deployment_id,
        trial=trial.number,
        external_id=trial.external_id,
        message=answer.message,
        nodes=answer.nodes,
    )
    return Step(replace(waiting, digest=digest, told=trial.told + 1), (progress,))


def _wait_for_action(trial: Trial, answer: Pending, at: datetime, rhythm: Rhythm) -> Step:
    since = trial.failing_since or at
    if at - since >= rhythm.acting:
        return _broken(trial, Broken(cause=Cause.TIMEOUT, sentence=f"It took too long. {answer.message}"))
    return Step(replace(trial, due_at=at + (answer.again or rhythm.poll), failing_since=since))


def _ready(trial: Trial, answer: Ready) -> Step:
    if trial.phase is Phase.CHANGING:
        return _said(
            trial,
            Phase.READY,
            TrialChanged(
                deployment_id=trial.deployment_id,
                trial=trial.number,
                revision=trial.revision,
                outputs=dict(answer.outputs),
                resources=answer.resources,
            ),
        )
    success = TrialSucceeded(
        deployment_id=trial.deployment_id,
        trial=trial.number,
        external_id=trial.external_id or "",
        outputs=dict(answer.outputs),
        resources=answer.resources,
    )
    return _said(trial, Phase.READY, success)


def _acted(trial: Trial, answer: Acted) -> Step:
    if trial.errand.deed is None:
        return Step(replace(trial, phase=Phase.READY, due_at=None))
    done = TrialActed(
        deployment_id=trial.deployment_id,
        trial=trial.number,
        action_id=trial.errand.deed.action_id,
        resources=answer.resources,
    )
    return _said(trial, Phase.READY, done)


def _broken(trial: Trial, answer: Broken) -> Step:
    """What came to nothing is the trial, or only what was asked of one that goes on standing."""
    deployment, number = trial.deployment_id, trial.number
    if trial.phase is Phase.ACT and trial.errand.deed is not None:
        deed = trial.errand.deed.action_id
        undone = TrialActionFailed(deployment_id=deployment, trial=number, action_id=deed, sentence=answer.sentence)
        return _said(trial, Phase.READY, undone)
    if trial.stands:
        unchanged = TrialChangeFailed(
            deployment_id=deployment,
            trial=number,
            revision=trial.revision,
            cause=answer.cause,
            sentence=answer.sentence,
            detail=answer.detail,
        )
        return _said(trial, Phase.READY, unchanged)
    failure = TrialFailed(
        deployment_id=deployment,
        trial=number,
        cause=answer.cause,
        sentence=answer.sentence,
        site_fault=answer.site_fault,
        detail=answer.detail,
    )
    return _said(trial, Phase.BROKEN, failure)


def _said(trial: Trial, phase: Phase, said: TrialMessage) -> Step:
    done = replace(trial, phase=phase, due_at=None, tries=0, failing_since=None, told=trial.told + 1)
    return Step(done, (said,))


def _unreachable(trial: Trial, answer: Unreachable, at: datetime, rhythm: Rhythm) -> Step:
    since = trial.failing_since or at
    if at - since < rhythm.unreachable:
        return Step(
            replace(trial, due_at=at + _pause(trial.tries, answer, rhythm), tries=trial.tries + 1, failing_since=since)
        )
    site, seconds = trial.errand.candidate.site, int((at - since).total_seconds())
    sentence = f"{site} could not be reached for {seconds} s: {answer.sentence}"
    return _broken(trial, Broken(cause=Cause.BACKEND, sentence=sentence))


def _gone(trial: Trial, at: datetime, rhythm: Rhythm) -> Step:
    """Gone is believed at once, unless a creation may still be under way: then it must be seen twice."""
    if trial.uncertain and not trial.seen_gone:
        return Step(replace(trial, seen_gone=True, due_at=at + rhythm.settle))
    cleaned = TrialCleaned(deployment_id=trial.deployment_id, trial=trial.number)
    return Step(replace(trial, phase=Phase.GONE, due_at=None, told=trial.told + 1), (cleaned,))


def _not_cleaned(trial: Trial, answer: Broken | Unreachable | Unasked, at: datetime, rhythm: Rhythm) -> Step:
    """Try again, more and more slowly, for ever; after some tries an operator is told, once."""
    tries = trial.tries + 1
    later = at + (rhythm.slow if tries >= rhythm.stuck_after else _pause(trial.tries, answer, rhythm))
    waiting = replace(trial, tries=tries, due_at=later, seen_gone=False)
    if trial.stuck or tries < rhythm.stuck_after:
        return Step(waiting)
    stuck = CleanUpStuck(
        deployment_id=trial.deployment_id,
        trial=trial.number,
        sentence=f"{trial.errand.candidate.site}: {answer.sentence}",
        remains=(trial.external_id,) if trial.external_id else (),
    )
    return Step(replace(waiting, stuck=True, told=trial.told + 1), (stuck,))


def _pause(tries: int, answer: Broken | Unreachable | Unasked, rhythm: Rhythm) -> timedelta:
    if not isinstance(answer, Broken) and answer.again is not None:
        return answer.again
    return min(rhythm.longest_pause, timedelta(seconds=0.25 * 2 ** min(tries, 10)))
