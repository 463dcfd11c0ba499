"""Reads: who may see a deployment sees it, its secrets only the owner; to everybody else it does not exist."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.app.asking import Forbidden, allow
from services.gateway.app.errand import errand
from services.gateway.app.story import Bell
from services.gateway.domain.authority import Deed
from services.gateway.domain.redaction import for_others, redacted_template
from services.gateway.domain.view import View
from services.gateway.ports import Page, Question, Told, Vault, Views
from shared.contracts.between import is_placeholder
from shared.contracts.vocabulary import DeploymentId, Principal
from shared.identity.caller import Caller
from shared.messaging.database import Database

AT_ONCE = 1000
PATIENCE = 2.0
LOOK_AGAIN = 0.5
"""Seconds: the news may have come to another process of the gateway, whose bell is not heard here."""
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
        errand().reveals("Secret outputs.")
        return view.model_copy(update={"outputs": {**view.outputs, **secret}})

    async def settled(self, caller: Caller, view: View, patience: float) -> View:
        """The deployment once nobody is at work on it any more, or after `patience` seconds."""
        clock = asyncio.get_running_loop().time
        late = clock() + patience
        while view.under_way and (left := late - clock()) > 0:
            await self._bell.news(view.id, min(left, LOOK_AGAIN))
            view = await self.one(caller, view.id)
        return await self.whole(caller, view.id)

    async def page(self, caller: Caller, owner: Principal | None, question: Question) -> Page:
        """A page of the owner's deployments; of all that the caller may list, if there is none.

        Raises `Forbidden` for another's that are not of a group of the caller's, and for a group of others.
        """
        allowed = replace(question, subject=_listed(caller, owner, question.user_group))
        async with self._database.transaction() as connection:
            found = await self._views.page(connection, allowed)
        return found._replace(views=[_shown(caller, view) for view in found.views])

    async def template(self, caller: Caller, deployment: DeploymentId) -> str:
        """The template of a deployment that the caller may see. Raises `Unknown`."""
        async with self._database.transaction() as connection:
            view = await self._seen(connection, caller, deployment)
            text = await self._views.template(connection, deployment) or ""
        return text if view.owner == caller.principal else redacted_template(text)

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
        return _shown(caller, allow(caller, await self._views.one(connection, deployment), Deed.SEE, deployment))


def _listed(caller: Caller, owner: Principal | None, group: str | None) -> str | None:
    """Whose deployments are shown of those of the caller's issuer; `None` for everybody's."""
    if group is not None and group not in caller.groups and not caller.admin:
        named = ", ".join(caller.groups) or "none"
        raise Forbidden(f"You are not a member of the group {group!r}; your token names: {named}.")
    mine = caller.principal
    if owner is None:
        return None if caller.admin or group is not None else mine.subject
    ours = owner.issuer.rstrip("/") == mine.issuer.rstrip("/")
    if (ours and (owner.subject == mine.subject or group is not None)) or (ours and caller.admin):
        return owner.subject
    raise Forbidden(f"Only admin can retrieve deployments for {owner.subject}")


def _shown(caller: Caller, view: View) -> View:
    return view if view.owner == caller.principal else for_others(view)


def _has_secrets(view: View) -> bool:
    return any(is_placeholder(value) for value in view.outputs.values())
