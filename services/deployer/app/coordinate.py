"""Events in, decisions out: the only place that writes saga state."""

import logging
from collections.abc import Callable, Sequence
from functools import partial

from services.deployer.domain.commands import (
    DEADLINES,
    ChangeInfrastructure,
    CleanUpTrial,
    DeadlinePassed,
    PerformAction,
    StartTrial,
    WakeAt,
    orders_for,
)
from services.deployer.domain.decision import Command, Event, Patience
from services.deployer.domain.saga import decide
from services.deployer.domain.states import Deleted, DeletionStuck, Deployed, Failed, State, Trying
from services.deployer.ports import Sagas, Stored
from shared.contracts.deployments import DeploymentRequested, UpdateRequested
from shared.contracts.envelope import Envelope
from shared.contracts.streams import DEPLOYMENTS
from shared.contracts.trials import TrialFailed, TrialSucceeded
from shared.contracts.vocabulary import DeploymentId
from shared.messaging.transaction import Work

log = logging.getLogger(__name__)
Ended = Callable[[str, str], None]
AT_REST = (Deployed, Failed, Deleted, DeletionStuck)


class Coordinator:
    """Folds batches of events into sagas: load all, decide each, save what changed, tell what follows."""

    def __init__(self, sagas: Sagas, patience: Patience, ended: Ended) -> None:
        """`patience` is how long to wait where the user said nothing; `ended` is told of every trial that ended."""
        self._sagas = sagas
        self._patience = patience
        self._ended = ended

    async def coordinate(self, work: Work, told: Sequence[Envelope]) -> None:
        """Have the effect of every event of `told`, in order."""
        events = [(envelope, envelope.body) for envelope in told if isinstance(envelope.body, Event)]
        sagas = await self._sagas.load(work.connection, {event.deployment_id for _, event in events})
        changed: dict[DeploymentId, Stored] = {}
        for envelope, event in events:
            stored = sagas[event.deployment_id]
            state, commands = decide(stored.state, event, work.at, self._patience)
            if state is not stored.state:
                sagas[event.deployment_id] = changed[event.deployment_id] = Stored(state, stored.version)
            if type(state) is not type(stored.state):
                work.after_commit(partial(_log, event, stored.state, state))
            if isinstance(state, AT_REST):
                work.settle(event.deployment_id)
            for command in commands:
                _perform(work, command, event.deployment_id, envelope)
            if isinstance(stored.state, Trying) and (outcome := _outcome(event, commands)) is not None:
                work.after_commit(partial(self._ended, *outcome))
        await self._sagas.save(work.connection, changed)
        await self._sagas.keep_requests(
            work.connection, (event for _, event in events if isinstance(event, DeploymentRequested | UpdateRequested))
        )


def _log(event: Event, before: State, after: State) -> None:
    """One line per decision."""
    names = (event.type(), type(before).__name__, type(after).__name__)
    log.info("%s: %s becomes %s", *names, extra={"deployment_id": event.deployment_id})


def _outcome(event: Event, commands: Sequence[Command]) -> tuple[str, str] | None:
    """How a trial ended just now, and the class of its cause."""
    for said in (event, *commands):
        if isinstance(said, TrialFailed) and commands:
            return "failed", said.cause
        if isinstance(said, TrialSucceeded) and commands:
            return "succeeded", ""
    return None


def _perform(work: Work, command: Command, deployment: DeploymentId, because: Envelope) -> None:
    match command:
        case WakeAt(when=when, about=about, trial=trial):
            passed = DeadlinePassed(deployment_id=deployment, about=about, trial=trial)
            work.wake(DEADLINES, passed, due=when, name=f"{deployment}/{about}")
        case StartTrial() | CleanUpTrial() | ChangeInfrastructure() | PerformAction():
            work.tell(orders_for(command.candidate.backend), command, because=because)
        case announcement:
            work.tell(DEPLOYMENTS, announcement, because=because)
