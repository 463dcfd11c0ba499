"""What is asked of deployments that are there: to go, to become something else, to have something done."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.app.asking import SOURCE, Asked, Refused, allow, tell
from services.gateway.domain.authority import Deed
from services.gateway.domain.view import Status, View
from services.gateway.ports import Vault, Viewed, Views
from shared.contracts.deployments import ActionRequested, DeletionRequested, ResetRequested, UpdateRequested
from shared.contracts.topology import Json, Topology
from shared.contracts.vocabulary import Action, ActionId, CredentialRef, DeploymentId, Limits, Revision
from shared.identity.caller import Caller
from shared.messaging.database import Database
from shared.messaging.transaction import Clock, Work

GOING = (Status.DELETE_IN_PROGRESS, Status.DELETE_COMPLETE)


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks about which deployment, within which trace."""

    caller: Caller
    deployment: DeploymentId
    trace: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewForm:
    """What a deployment is to become: a template that was compiled, with the values of its secret inputs."""

    topology: Topology
    template: str
    limits: Limits
    secret_inputs: Mapping[str, Json] = field(default_factory=dict, repr=False)


class Changes:
    """Takes wishes about deployments. Each raises `Unknown`, `Forbidden`, or `Refused` when its state forbids it."""

    def __init__(self, views: Views, vault: Vault, *, database: Database, clock: Clock) -> None:
        """Nothing is opened yet."""
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
                credential=await self._credential(connection, ask, {}),
                force=force,
            )
            return await self._told(connection, Asked(viewed, wish, ask.trace))

    async def update(self, ask: Ask, form: NewForm) -> View:
        """Ask for a deployment to become what another template says."""
        async with self._database.transaction() as connection:
            viewed = await self._allowed(connection, ask, Deed.CHANGE)
            view = viewed.view
            if not view.stands:
                raise Refused(f"Cannot update a deployment in {view.status} state.")
            if view.acting:
                raise Refused("Cannot update a deployment while an action on it is under way.")
            wish = UpdateRequested(
                deployment_id=ask.deployment,
                revision=Revision(view.revision + 1),
                owner=view.owner,
                user_group=view.user_group,
                credential=await self._credential(connection, ask, form.secret_inputs),
                topology=form.topology,
                template=form.template,
                limits=form.limits,
                requested_by=ask.caller.principal,
            )
            await self._views.retell(connection, ask.deployment, form.template)
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
                credential=await self._credential(connection, ask, {}),
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
        return Viewed(view, viewed.last_seq if viewed else 0)

    async def _credential(
        self, connection: AsyncConnection, ask: Ask, secret_inputs: Mapping[str, Json]
    ) -> CredentialRef:
        reference = CredentialRef(str(uuid.uuid4()))
        await self._vault.keep(connection, [(reference, ask.caller, secret_inputs)])
        return reference

    async def _told(self, connection: AsyncConnection, asked: Asked) -> View:
        work = Work(connection, SOURCE, self._clock())
        (view,) = await tell(work, self._views, [asked])
        await work.flush()
        return view
