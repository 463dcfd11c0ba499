"""Accepts requests, many in one transaction: view, sealed token and event are written together or not at all."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.gateway.app.asking import SOURCE, Asked, tell
from services.gateway.domain.view import View, begin
from services.gateway.ports import Vault, Viewed, Views
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.topology import Json
from shared.contracts.vocabulary import DeploymentId, Principal
from shared.identity.caller import Caller
from shared.messaging.database import Database
from shared.messaging.transaction import Clock, Work

MOST = 200


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that passed every check, ready to be written."""

    caller: Caller
    request: DeploymentRequested
    secret_inputs: Mapping[str, Json] = field(default_factory=dict, repr=False)
    callback: str | None = None
    key: str | None = None
    trace: Mapping[str, str] = field(default_factory=dict)


class Acceptance:
    """Writes accepted requests. Those that come while one transaction runs share the next."""

    def __init__(self, views: Views, vault: Vault, *, database: Database, clock: Clock) -> None:
        """Nothing is opened yet."""
        self._views = views
        self._vault = vault
        self._database = database
        self._clock = clock
        self._waiting: list[tuple[Accepted, asyncio.Future[View]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def deploy(self, accepted: Accepted) -> View:
        """The view of the deployment once it is written. Raises whatever kept the transaction from committing."""
        future: asyncio.Future[View] = asyncio.get_running_loop().create_future()
        self._waiting.append((accepted, future))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        return await future

    async def _write_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                views = await self._write([accepted for accepted, _ in batch])
            except Exception as problem:  # noqa: BLE001 - each caller is told, whatever it is
                for _, future in batch:
                    if not future.done():
                        future.set_exception(problem)
            else:
                for (_, future), view in zip(batch, views, strict=True):
                    if not future.done():
                        future.set_result(view)

    async def _write(self, batch: Sequence[Accepted]) -> list[View]:
        async with self._database.transaction() as connection:
            work = Work(connection, SOURCE, self._clock())
            stands_for = await self._views.remember(connection, _keys(batch))
            fresh = [accepted for accepted in batch if _is_first(accepted, stands_for)]
            known = await self._views.load(connection, stands_for.values()) if stands_for else {}
            begun = [
                (begin(accepted.request, work.at, accepted.callback), accepted.request.template) for accepted in fresh
            ]
            await self._views.add(connection, begun)
            await self._vault.keep(
                connection, [(one.request.credential, one.caller, one.secret_inputs) for one in fresh]
            )
            asked = [
                Asked(Viewed(view, 0), one.request, one.trace) for (view, _), one in zip(begun, fresh, strict=True)
            ]
            written = {view.id: view for view in await tell(work, self._views, asked)}
            await work.flush()
        written |= {id_: viewed.view for id_, viewed in known.items() if id_ not in written}
        return [written[_meant(accepted, stands_for)] for accepted in batch]


def _keys(batch: Sequence[Accepted]) -> dict[tuple[Principal, str], DeploymentId]:
    keys: dict[tuple[Principal, str], DeploymentId] = {}
    for accepted in batch:
        if accepted.key is not None:
            keys.setdefault((accepted.caller.principal, accepted.key), accepted.request.deployment_id)
    return keys


def _meant(accepted: Accepted, stands_for: Mapping[tuple[Principal, str], DeploymentId]) -> DeploymentId:
    mine = accepted.request.deployment_id
    return mine if accepted.key is None else stands_for[accepted.caller.principal, accepted.key]


def _is_first(accepted: Accepted, stands_for: Mapping[tuple[Principal, str], DeploymentId]) -> bool:
    return _meant(accepted, stands_for) == accepted.request.deployment_id
