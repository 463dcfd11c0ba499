"""Orders of the saga become rows to work on; the order is taken when the row is written."""

from collections.abc import Callable, Sequence

from services.deployer.domain.commands import ChangeInfrastructure, CleanUpTrial, PerformAction, StartTrial
from services.deployer.domain.decision import Order
from services.deployer.domain.trial import Deed, Errand, Phase
from services.deployer.ports import Change, Ordered, Removal, Trials
from shared.contracts.envelope import Envelope
from shared.messaging.transaction import Work


class Orders:
    """Takes batches of orders for one backend."""

    def __init__(self, trials: Trials, wake: Callable[[], None]) -> None:
        """`wake` is called once the rows are there."""
        self._trials = trials
        self._wake = wake

    async def take(self, work: Work, told: Sequence[Envelope]) -> None:
        """Write a row for each trial to start, have changed those that stand, and want gone those to be cleaned up."""
        starts = [_ordered(told_, body) for told_ in told if isinstance(body := told_.body, StartTrial)]
        removals = [
            Removal(_ordered(told_, body), body.force) for told_ in told if isinstance(body := told_.body, CleanUpTrial)
        ]
        await self._trials.start(work.connection, starts, work.at)
        changes = [
            Change(_ordered(told_, body), Phase.CHANGE if isinstance(body, ChangeInfrastructure) else Phase.ACT)
            for told_ in told
            if isinstance(body := told_.body, ChangeInfrastructure | PerformAction)
        ]
        await self._trials.change(work.connection, changes, work.at)
        await self._trials.remove(work.connection, removals, work.at)
        work.after_commit(self._wake)


def _ordered(told: Envelope, body: Order) -> Ordered:
    deed = (
        Deed(action_id=body.action_id, action=body.action, machines=body.machines)
        if isinstance(body, PerformAction)
        else None
    )
    errand = Errand(owner=body.owner, credential=body.credential, candidate=body.candidate, deed=deed)
    return Ordered(body.deployment_id, body.trial, body.revision, errand, told.id, told.trace)
