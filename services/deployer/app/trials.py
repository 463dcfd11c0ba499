"""The loop that advances trials: lease what is due, ask without a transaction, write under the lease, many at a time.

Ten thousand running trials are ten thousand rows; in hand are only those that are due.
"""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from cachetools import LRUCache

from services.deployer.app.ask import Asking
from services.deployer.domain.outcomes import Unreachable
from services.deployer.domain.trial import Answer, Rhythm, Step, advance
from services.deployer.ports import Claim, Leased, Trials
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.envelope import Envelope
from shared.contracts.streams import DEPLOYMENTS
from shared.contracts.vocabulary import BackendName, DeploymentId, Revision
from shared.messaging.database import is_passing
from shared.messaging.inbound import Desk
from shared.messaging.transaction import NAMESPACE, Work

log = logging.getLogger(__name__)


class Capacity(NamedTuple):
    """How much one worker takes in hand, and for how long it holds it."""

    room: int = 200
    lease: timedelta = timedelta(seconds=15)
    idle: timedelta = timedelta(seconds=0.5)
    remembered: int = 500


class Pace(NamedTuple):
    """How a worker goes about its trials."""

    rhythm: Rhythm = Rhythm()
    capacity: Capacity = Capacity()


class TrialLoop:
    """One worker of one backend. Any number may run; a trial is in one hand at a time."""

    def __init__(self, backend: BackendName, trials: Trials, asking: Asking, desk: Desk, pace: Pace) -> None:
        """Nothing runs until `run`."""
        self._backend = backend
        self._trials = trials
        self._asking = asking
        self._database = desk.database
        self._clock = desk.clock
        self._source = desk.source
        self._rhythm = pace.rhythm
        self._capacity = capacity = pace.capacity
        self._token = str(uuid.uuid4())
        self._wake = asyncio.Event()
        self._held: dict[tuple[DeploymentId, int], Leased] = {}
        self._answered: asyncio.Queue[tuple[Leased, tuple[Answer, ...]]] = asyncio.Queue()
        self._asked: set[asyncio.Task[None]] = set()
        self._requests: LRUCache[tuple[DeploymentId, Revision], DeploymentRequested] = LRUCache(capacity.remembered)

    def wake(self) -> None:
        """There is something to do now."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled. What is in hand then is finished by whoever leases it next."""
        try:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(self._forever(self._claim))
                loops.create_task(self._forever(self._record))
                loops.create_task(self._forever(self._hold))
        finally:
            for task in self._asked:
                task.cancel()

    async def _claim(self) -> None:
        self._wake.clear()
        room = self._capacity.room - len(self._held)
        leased = await self._lease(room) if room > 0 else []
        for one in leased:
            if (one.trial.deployment_id, one.trial.number) in self._held:
                continue  # our own lease ran out while the database was away; the first question is still open
            self._held[one.trial.deployment_id, one.trial.number] = one
            task = asyncio.create_task(self._ask(one))
            self._asked.add(task)
            task.add_done_callback(self._asked.discard)
        if not leased or len(leased) == room:
            await self._pause()

    async def _lease(self, room: int) -> list[Leased]:
        async with self._database.transaction() as connection:
            claim = Claim(self._backend, self._token, self._clock(), self._capacity.lease, room)
            leased = await self._trials.claim(connection, claim)
            unknown = {(one.trial.deployment_id, one.trial.revision) for one in leased} - self._requests.keys()
            if unknown:
                for request in await self._trials.requests(connection, unknown):
                    self._requests[request.deployment_id, request.revision] = request
        return leased

    async def _ask(self, leased: Leased) -> None:
        trial = leased.trial
        request = self._requests.get((trial.deployment_id, trial.revision))
        answers = (
            await self._asking.ask(trial, request) if request else (Unreachable("the request is not in the store"),)
        )
        self._answered.put_nowait((leased, answers))

    async def _record(self) -> None:
        answered = [await self._answered.get()]
        while not self._answered.empty():
            answered.append(self._answered.get_nowait())
        try:
            steps = [(leased, _fold(leased, answers, self._clock(), self._rhythm)) for leased, answers in answered]
            while not await self._written(steps):  # noqa: ASYNC110 - only the database can tell
                await asyncio.sleep(self._capacity.idle.total_seconds())
        finally:
            for leased, _ in answered:
                self._held.pop((leased.trial.deployment_id, leased.trial.number), None)
            self._wake.set()

    async def _written(self, steps: Sequence[tuple[Leased, Step]]) -> bool:
        try:
            async with self._database.transaction() as connection:
                work = Work(connection, self._source, self._clock())
                ours = await self._trials.record(connection, steps, work.at)
                for leased, step in steps:
                    if (leased.trial.deployment_id, leased.trial.number) in ours:
                        _tell(work, leased, step)
                await work.flush()
        except Exception as problem:
            if not is_passing(problem):
                raise
            log.warning("outcomes wait for the database: %s", type(problem).__name__)
            return False
        return True

    async def _hold(self) -> None:
        await asyncio.sleep(self._capacity.lease.total_seconds() / 3)
        async with self._database.transaction() as connection:
            await self._trials.extend(
                connection, list(self._held.values()), self._token, self._clock() + self._capacity.lease
            )

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._capacity.idle.total_seconds()):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _forever(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except Exception as problem:
                if not is_passing(problem):
                    log.exception("the trial loop stumbled and goes on")
                await asyncio.sleep(self._capacity.idle.total_seconds())


def _fold(leased: Leased, answers: Iterable[Answer], at: datetime, rhythm: Rhythm) -> Step:
    step = Step(leased.trial)
    for answer in answers:
        following = advance(step.trial, answer, at, rhythm)
        step = Step(following.trial, (*step.says, *following.says))
    return step


def _tell(work: Work, leased: Leased, step: Step) -> None:
    """Ids follow from trial and count, so that a step written twice is told once."""
    because = (
        Envelope(id=leased.cause, source=work.source, time=work.at, body=step.says[0], trace=leased.trace)
        if step.says
        else None
    )
    for nth, said in enumerate(step.says):
        name = f"{said.deployment_id}/{said.trial}/{leased.trial.told + nth + 1}"
        work.tell(DEPLOYMENTS, said, because=because, message_id=str(uuid.uuid5(NAMESPACE, name)))
