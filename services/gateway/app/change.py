"""What is asked of deployments that are there: to go, to become something else, to have something done."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.app.asking import SOURCE, Asked, Overtaken, Refused, Stale, allow, tell
from services.gateway.app.errand import Witness
from services.gateway.domain.authority import Deed
from services.gateway.domain.resources import parts_of
from services.gateway.domain.versions import is_wanted, version
from services.gateway.domain.view import Status, View
from services.gateway.ports import Kept, Order, Vault, Viewed, Views
from shared.contracts.deployments import ActionRequested, DeletionRequested, ResetRequested, UpdateRequested
from shared.contracts.topology import Json, Topology
from shared.contracts.vocabulary import Action, ActionId, CredentialRef, DeploymentId, Limits, Revision
from shared.identity.caller import Caller
from shared.messaging.database import Database
from shared.messaging.transaction import Clock, Work

GOING = (Status.DELETE_IN_PROGRESS, Status.DELETE_COMPLETE)


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks about which deployment, within which trace.

    With `wanted` it must be one of these versions (`domain/versions.py`), with `seen` still be the one that was seen.
    """

    caller: Caller
    deployment: DeploymentId
    trace: Mapping[str, str] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    seen: str | None = None


@dataclass(frozen=True, slots=True)
class NewForm:
    """What a deployment is to become: a template that was compiled, with the values of its secret inputs.

    `parameters` are kept for the next update to be merged with. Without a `callback` the one before stays.
    """

    topology: Topology
    template: str
    limits: Limits
    secret_inputs: Mapping[str, Json] = field(default_factory=dict, repr=False)
    parameters: Mapping[str, Json] = field(default_factory=dict, repr=False)
    callback: str | None = None


class Changes:
    """Takes wishes about deployments.

    Each raises `Unknown`, `Forbidden`, `Refused` when its state forbids it, `Stale`, or `Overtaken`.
    """

    def __init__(  # the last two are for the gateway as a whole
        self,
        views: Views,
        vault: Vault,
        *,
        database: Database,
        clock: Clock,
        witnesses: Sequence[Witness] = (),
        check_callback: Callable[[str], None] | None = None,
    ) -> None:
        """Nothing is opened yet. `check_callback` raises for an address where nobody may be told anything."""
        self._witnesses = witnesses
        self._check_callback = check_callback
        self._views = views
        self._vault = vault
        self._database = database
        self._clock = clock

    async def delete(self, ask: Ask, *, force: bool) -> View:
        """Ask for a deployment to go."""
        async with self._database.transaction() as connection:
            viewed = await self._allowed(connection, ask, Deed.REMOVE)
            if viewed.view.status in GOING:
                raise Refused(f"Deployment already in {viewed.view.status} state.")
            wish = DeletionRequested(
                deployment_id=ask.deployment,
                requested_by=ask.caller.principal,
                credential=await self._credential(connection, ask, viewed.view),
                force=force,
            )
            return await self._told(connection, Asked(viewed, wish, ask.trace))

    async def changeable(self, ask: Ask) -> tuple[View, Order]:
        """A deployment that may be updated now, and what it was last asked to be."""
        async with self._database.transaction() as connection:
            found = await self._views.one(connection, ask.deployment)
            view = allow(ask.caller, found, Deed.CHANGE, ask.deployment)
            _check_version(ask, view)
            _check_may_change(view)
            return view, await self._views.order(connection, ask.deployment) or Order("")

    async def update(self, ask: Ask, form: NewForm) -> View:
        """Ask for a deployment to become what another template says."""
        if form.callback is not None and self._check_callback is not None:
            self._check_callback(form.callback)
        async with self._database.transaction() as connection:
            viewed = await self._allowed(connection, ask, Deed.CHANGE)
            view = viewed.view
            _check_may_change(view)
            if form.callback is not None:
                viewed = viewed._replace(view=view.model_copy(update={"callback": form.callback}))
            wish = UpdateRequested(
                deployment_id=ask.deployment,
                revision=Revision(view.revision + 1),
                owner=view.owner,
                user_group=view.user_group,
                credential=await self._credential(connection, ask, view, form.secret_inputs),
                topology=form.topology,
                template=form.template,
                limits=form.limits,
                requested_by=ask.caller.principal,
            )
            order = Order(form.template, parts_of(form.topology), form.parameters)
            await self._views.reorder(connection, ask.deployment, order)
            return await self._told(connection, Asked(viewed, wish, ask.trace))

    async def act(self, ask: Ask, action: Action, machines: Sequence[str]) -> View:
        """Ask for something to be done to machines, by the site's ids."""
        async with self._database.transaction() as connection:
            viewed = await self._allowed(connection, ask, Deed.CHANGE)
            if not viewed.view.stands:
                raise Refused(f"Cannot perform actions on deployment in {viewed.view.status} state.")
            wish = ActionRequested(
                deployment_id=ask.deployment,
                action_id=ActionId(str(uuid.uuid4())),
                action=action,
                machines=tuple(machines),
                requested_by=ask.caller.principal,
                credential=await self._credential(connection, ask, viewed.view),
            )
            return await self._told(connection, Asked(viewed, wish, ask.trace))

    async def reset(self, ask: Ask) -> View:
        """Ask not to wait any longer for a deletion."""
        async with self._database.transaction() as connection:
            viewed = await self._allowed(connection, ask, Deed.CHANGE)
            if viewed.view.status is not Status.DELETE_IN_PROGRESS:
                raise Refused(f"Cannot reset a deployment in {viewed.view.status} state.")
            wish = ResetRequested(deployment_id=ask.deployment, requested_by=ask.caller.principal)
            return await self._told(connection, Asked(viewed, wish, ask.trace))

    async def _allowed(self, connection: AsyncConnection, ask: Ask, deed: Deed) -> Viewed:
        viewed = (await self._views.load(connection, [ask.deployment])).get(ask.deployment)
        view = allow(ask.caller, viewed.view if viewed else None, deed, ask.deployment)
        _check_version(ask, view)
        return Viewed(view, viewed.last_seq if viewed else 0)

    async def _credential(
        self, connection: AsyncConnection, ask: Ask, view: View, secret_inputs: Mapping[str, Json] | None = None
    ) -> CredentialRef:
        """Without `secret_inputs` it is for one errand; with them, if only none, the deployment lives on it."""
        reference = CredentialRef(str(uuid.uuid4()))
        kept = Kept(reference, ask.caller, secret_inputs or {}, view.id, view.user_group, secret_inputs is not None)
        await self._vault.keep(connection, [kept], self._clock())
        return reference

    async def _told(self, connection: AsyncConnection, asked: Asked) -> View:
        work = Work(connection, SOURCE, self._clock())
        (view,) = await tell(work, self._views, [asked], self._witnesses)
        await work.flush()
        return view


def _check_version(ask: Ask, view: View) -> None:
    if not is_wanted(view, ask.wanted):
        raise Stale(f"The deployment is at version {version(view)}, which is not the one you want to change.")
    if ask.seen is not None and ask.seen != version(view):
        raise Overtaken("The request couldn't be fulfilled because of a concurrent update. Please retry later")


def _check_may_change(view: View) -> None:
    if not view.stands:
        raise Refused(f"Cannot update a deployment in {view.status} state.")
    if view.acting:
        raise Refused("Cannot update a deployment while an action on it is under way.")
