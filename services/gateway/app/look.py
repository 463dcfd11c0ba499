"""Reads: who may see a deployment sees it, its secrets only the owner; to everybody else it does not exist."""

from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.app.asking import allow
from services.gateway.app.story import Bell
from services.gateway.domain.authority import Deed
from services.gateway.domain.view import View
from services.gateway.ports import Page, Question, Told, Vault, Views
from shared.contracts.between import is_placeholder
from shared.contracts.vocabulary import DeploymentId
from shared.identity.caller import Caller
from shared.messaging.database import Database

AT_ONCE = 1000
PATIENCE = 2.0
RANKINGS = ("SitesRanked", "NoSiteFits")


class Look:
    """The read side of the gateway."""

    def __init__(self, views: Views, vault: Vault, bell: Bell, database: Database) -> None:
        """`bell` rings when there is news."""
        self._views = views
        self._vault = vault
        self._bell = bell
        self._database = database

    async def one(self, caller: Caller, deployment: DeploymentId) -> View:
        """A deployment that the caller may see. Raises `Unknown`."""
        async with self._database.transaction() as connection:
            return await self._seen(connection, caller, deployment)

    async def whole(self, caller: Caller, deployment: DeploymentId) -> View:
        """A deployment; to its owner with the secret outputs in their places. Raises `Unknown`."""
        async with self._database.transaction() as connection:
            view = await self._seen(connection, caller, deployment)
            if view.owner != caller.principal or not view.trials or not _has_secrets(view):
                return view
            secret = await self._vault.outputs(connection, deployment, view.trials[-1].trial)
        return view.model_copy(update={"outputs": {**view.outputs, **secret}})

    async def page(self, question: Question) -> Page:
        """A page of deployments."""
        async with self._database.transaction() as connection:
            return await self._views.page(connection, question)

    async def template(self, caller: Caller, deployment: DeploymentId) -> str:
        """The template of a deployment that the caller may see. Raises `Unknown`."""
        async with self._database.transaction() as connection:
            await self._seen(connection, caller, deployment)
            return await self._views.template(connection, deployment) or ""

    async def timeline(self, deployment: DeploymentId, after: int) -> list[Told]:
        """What was told after entry `after`, in order."""
        async with self._database.transaction() as connection:
            return await self._views.timeline(connection, deployment, after, AT_ONCE)

    async def follow(self, deployment: DeploymentId, after: int) -> AsyncIterator[Told]:
        """What was told after entry `after`, and what is told from now on, for ever."""
        while True:
            entries = await self.timeline(deployment, after)
            for entry in entries:
                yield entry
                after = entry.seq
            if not entries:
                await self._bell.news(deployment, PATIENCE)

    async def ranking(self, deployment: DeploymentId) -> Told | None:
        """The latest ranking."""
        async with self._database.transaction() as connection:
            return await self._views.last_told(connection, deployment, RANKINGS)

    async def _seen(self, connection: AsyncConnection, caller: Caller, deployment: DeploymentId) -> View:
        return allow(caller, await self._views.one(connection, deployment), Deed.SEE, deployment)


def _has_secrets(view: View) -> bool:
    return any(is_placeholder(value) for value in view.outputs.values())
