"""Accepts requests, many in one transaction: view, sealed token and event are written together or not at all."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from services.gateway.app.asking import SOURCE, Asked, tell
from services.gateway.app.errand import Errand, Witness, errand
from services.gateway.app.limits import Turnstile
from services.gateway.domain.removals import lasting
from services.gateway.domain.resources import parts_of
from services.gateway.domain.view import View, begin
from services.gateway.ports import Kept, Order, Vault, Viewed, Views
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
    parameters: Mapping[str, Json] = field(default_factory=dict, repr=False)
    errand: Errand = field(default_factory=errand, repr=False)


class Acceptance:
    """Writes accepted requests. Those that come while one transaction runs share the next."""

    def __init__(  # the last three are for the gateway as a whole
        self,
        views: Views,
        vault: Vault,
        *,
        database: Database,
        clock: Clock,
        witnesses: Sequence[Witness] = (),
        turnstile: Turnstile | None = None,
        check_callback: Callable[[str], None] | None = None,
    ) -> None:
        """Nothing is opened yet. `check_callback` raises for an address where nobody may be told anything."""
        self._witnesses = witnesses
        self._turnstile = turnstile
        self._check_callback = check_callback
        self._views = views
        self._vault = vault
        self._database = database
        self._clock = clock
        self._waiting: list[tuple[Accepted, asyncio.Future[View]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def deploy(self, accepted: Accepted) -> View:
        """The view of the deployment once it is written. Raises whatever kept the transaction from committing.

        Raises `TooMany` when its group may have no more, and what `check_callback` raises.
        """
        if accepted.callback is not None and self._check_callback is not None:
            self._check_callback(accepted.callback)
        async with AsyncExitStack() as room:
            if self._turnstile is not None:
                asked = accepted.request
                await room.enter_async_context(
                    self._turnstile.deployment(asked.owner.issuer, asked.user_group, asked.deployment_id)
                )
            return await self._written(accepted)

    async def _written(self, accepted: Accepted) -> View:
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
            begun = [(begin(one.request, work.at, one.callback), _order(one)) for one in fresh]
            await self._views.add(connection, begun)
            await self._vault.keep(connection, [_kept(one) for one in fresh], work.at)
            asked = [
                Asked(Viewed(view, 0), one.request, one.trace, one.errand)
                for (view, _), one in zip(begun, fresh, strict=True)
            ]
            written = {view.id: view for view in await tell(work, self._views, asked, self._witnesses)}
            await work.flush()
        written |= {id_: viewed.view for id_, viewed in known.items() if id_ not in written}
        return [written[_meant(accepted, stands_for)] for accepted in batch]


def _order(accepted: Accepted) -> Order:
    topology = accepted.request.topology
    return Order(accepted.request.template, parts_of(topology), lasting(accepted.parameters, topology, {}))


def _kept(accepted: Accepted) -> Kept:
    asked = accepted.request
    return Kept(
        asked.credential, accepted.caller, accepted.secret_inputs, asked.deployment_id, asked.user_group, renews=True
    )


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
