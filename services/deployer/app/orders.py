"""Orders of the saga become rows to work on; the order is taken when the row is written."""

from collections.abc import Callable, Sequence

from services.deployer.domain.commands import CleanUpTrial, StartTrial
from services.deployer.domain.trial import Errand
from services.deployer.ports import Ordered, Removal, Trials
from shared.contracts.envelope import Envelope
from shared.messaging.transaction import Work


class Orders:
    """Takes batches of orders for one backend."""

    def __init__(self, trials: Trials, wake: Callable[[], None]) -> None:
        """`wake` is called once the rows are there."""
        self._trials = trials
        self._wake = wake

    async def take(self, work: Work, told: Sequence[Envelope]) -> None:
        """Write a row for each trial to start, and want gone each that is to be cleaned up."""
        starts = [_ordered(told_, body) for told_ in told if isinstance(body := told_.body, StartTrial)]
        removals = [
            Removal(_ordered(told_, body), body.force) for told_ in told if isinstance(body := told_.body, CleanUpTrial)
        ]
        await self._trials.start(work.connection, starts, work.at)
        await self._trials.remove(work.connection, removals, work.at)
        work.after_commit(self._wake)


def _ordered(told: Envelope, body: StartTrial | CleanUpTrial) -> Ordered:
    errand = Errand(owner=body.owner, credential=body.credential, candidate=body.candidate)
    return Ordered(body.deployment_id, body.trial, body.revision, errand, told.id, told.trace)
