"""The resources of a deployment: looked at by who may see it, acted upon by who may change it."""

from collections.abc import Mapping, Sequence

from services.gateway.app.asking import Refused, Unknown, allow
from services.gateway.app.change import Ask, Changes
from services.gateway.app.errand import errand
from services.gateway.domain.authority import ALLOWED, Deed, Standing, Who, standing
from services.gateway.domain.redaction import for_others
from services.gateway.domain.resources import Piece, holds_secret, machine_info, pieces
from services.gateway.domain.view import View
from services.gateway.ports import Order, Told, Views
from shared.contracts.vocabulary import Action, DeploymentId, NodeState
from shared.identity.caller import Caller
from shared.messaging.database import Database

MUST_BE: Mapping[Action, NodeState] = {
    Action.START: NodeState.STOPPED,
    Action.STOP: NodeState.STARTED,
    Action.RESTART: NodeState.STARTED,
}
WHOLE_STORY = 100_000


class Unfit(Exception):
    """What was asked for can never be done to this thing; the text says why."""


class Resources:
    """What stands, piece by piece. Each method raises `Unknown` when the caller must not know of the deployment."""

    def __init__(self, views: Views, changes: Changes, database: Database) -> None:
        """`changes` takes the actions."""
        self._views = views
        self._changes = changes
        self._database = database

    async def all(self, caller: Caller, deployment: DeploymentId) -> tuple[View, list[Piece]]:
        """The deployment and its resources."""
        async with self._database.transaction() as connection:
            view = allow(caller, await self._views.one(connection, deployment), Deed.SEE, deployment)
            order = await self._views.order(connection, deployment) or Order("")
        return view, pieces(view, order.parts)

    async def one(self, caller: Caller, deployment: DeploymentId, resource: str) -> tuple[View, Piece]:
        """One of them. Raises `Unknown` with both ids when there is none."""
        view, found = await self.all(caller, deployment)
        return view, _one_of(found, deployment, resource)

    async def act(self, ask: Ask, resource: str, action: Action) -> tuple[View, Piece]:
        """Ask for something to be done to a machine.

        Raises `Forbidden`, `Unfit` for what is no machine of this deployment, and `Refused` while deployment or machine
        is in no state for it.
        """
        view, found = await self.all(ask.caller, ask.deployment)
        allow(ask.caller, view, Deed.CHANGE, ask.deployment)
        try:
            piece = _one_of(found, ask.deployment, resource)
        except Unknown as problem:
            raise Unfit(_no_such(*problem.args)) from None
        if not piece.part.machine:
            raise Unfit(f"Cannot {action} a {piece.part.type}: only machines can be started and stopped.")
        if not view.stands:
            raise Refused(f"Cannot perform actions on deployment in {view.status} state.")
        if piece.external_id is None or piece.state is not MUST_BE[action]:
            raise Refused(f"Cannot {action} a machine in {piece.state} state: it must be {MUST_BE[action]}.")
        return await self._changes.act(ask, action, [piece.external_id]), piece

    async def story(self, caller: Caller, deployment: DeploymentId) -> tuple[View, list[Told]]:
        """The deployment with everything that was told of it; to others than owner and administrators nothing was."""
        async with self._database.transaction() as connection:
            view = allow(caller, await self._views.one(connection, deployment), Deed.SEE, deployment)
            if not is_close(caller, view):
                return view.model_copy(update={"trials": ()}), []
            view = view if view.owner == caller.principal else for_others(view)
            return view, await self._views.timeline(connection, deployment, 0, WHOLE_STORY)

    async def machines(self, caller: Caller, deployment: DeploymentId) -> list[str]:
        """What is known of each machine, as JSON; to others than owner and administrators of none."""
        view, found = await self.all(caller, deployment)
        if not is_close(caller, view):
            return []
        reveal = revealing(caller, view, found)
        told = (machine_info(piece, reveal=reveal) for piece in found)
        return [info for info in told if info is not None]


def may_reveal(caller: Caller, view: View) -> bool:
    """Whether the caller may see secrets of a deployment."""
    return Deed.REVEAL in ALLOWED[_standing(caller, view)]


def revealing(caller: Caller, view: View, found: Sequence[Piece]) -> bool:
    """Whether secrets of these are shown to the caller; that they are is written down."""
    reveal = may_reveal(caller, view)
    if reveal and any(holds_secret(piece) for piece in found):
        errand().reveals("Credentials of machines.")
    return reveal


def is_close(caller: Caller, view: View) -> bool:
    """Whether the caller is more to a deployment than a member of its group."""
    return _standing(caller, view) in {Standing.OWNER, Standing.ADMIN}


def _standing(caller: Caller, view: View) -> Standing:
    return standing(Who(caller.principal, caller.groups, caller.admin), view)


def _one_of(found: list[Piece], deployment: DeploymentId, resource: str) -> Piece:
    for piece in found:
        if piece.id == resource:
            return piece
    raise Unknown(resource, deployment)


def _no_such(resource: str, deployment: str) -> str:
    return f"The resource <{resource}> in deployment <{deployment}> doesn't exist"
