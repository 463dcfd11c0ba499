"""Accepts requests, many in one transaction: view, sealed token and event are written together or not at all."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from services.gateway.app.asking import SOURCE, Asked, KeyTaken, tell
from services.gateway.app.errand import Errand, Witness, errand
from services.gateway.app.limits import TooMany, Turnstile
from services.gateway.domain.removals import lasting
from services.gateway.domain.resources import parts_of
from services.gateway.domain.view import View, begin
from services.gateway.ports import Kept, Order, Repeated, Vault, Viewed, Views
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

        Raises `TooMany` when its group may have no more, `KeyTaken`, and what `check_callback` raises.
        """
        if accepted.callback is not None and self._check_callback is not None:
            self._check_callback(accepted.callback)
        try:
            async with AsyncExitStack() as room:
                if self._turnstile is not None:
                    asked = accepted.request
                    await room.enter_async_context(
                        self._turnstile.deployment(asked.owner.issuer, asked.user_group, asked.deployment_id)
                    )
                return await self._written(accepted)
        except TooMany:
            earlier = await self._earlier(accepted)
            if earlier is None:
                raise
            return earlier

    async def _earlier(self, accepted: Accepted) -> View | None:
        """What was asked before under the same key: asking again is not asking for more."""
        if accepted.key is None:
            return None
        async with self._database.transaction() as connection:
            repeated = await self._views.recall(connection, accepted.caller.principal, accepted.key)
            if repeated is None:
                return None
            if not _is_meant(accepted, repeated):
                raise _taken(accepted)
            return await self._views.one(connection, repeated.deployment)

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
                for (accepted, future), view in zip(batch, views, strict=True):
                    if future.done():
                        continue
                    if view is None:
                        future.set_exception(_taken(accepted))
                    else:
                        future.set_result(view)

    async def _write(self, batch: Sequence[Accepted]) -> list[View | None]:
        """What each stands for; none if its key is another request's."""
        async with self._database.transaction() as connection:
            work = Work(connection, SOURCE, self._clock())
            stands_for = await self._views.remember(connection, _keys(batch))
            fresh = [accepted for accepted in batch if _is_first(accepted, stands_for)]
            known = (
                await self._views.load(connection, [one.deployment for one in stands_for.values()])
                if stands_for
                else {}
            )
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
        return [_answer(accepted, stands_for, written) for accepted in batch]


def _order(accepted: Accepted) -> Order:
    topology = accepted.request.topology
    return Order(accepted.request.template, parts_of(topology), lasting(accepted.parameters, topology, {}))


def _kept(accepted: Accepted) -> Kept:
    asked = accepted.request
    return Kept(
        asked.credential, accepted.caller, accepted.secret_inputs, asked.deployment_id, asked.user_group, renews=True
    )


def _keys(batch: Sequence[Accepted]) -> dict[tuple[Principal, str], Repeated]:
    keys: dict[tuple[Principal, str], Repeated] = {}
    for accepted in batch:
        if accepted.key is not None:
            mine = Repeated(accepted.request.deployment_id, _digest(accepted))
            keys.setdefault((accepted.caller.principal, accepted.key), mine)
    return keys


def _digest(accepted: Accepted) -> str:
    """Of what was asked. Secret inputs are not in it: a digest of a short secret tells it."""
    asked = accepted.request.model_dump_json(include={"template", "user_group", "limits", "wishes"})
    return hashlib.sha256(f"{asked}\n{accepted.callback or ''}".encode()).hexdigest()


def _is_meant(accepted: Accepted, repeated: Repeated) -> bool:
    return _is_own(accepted, repeated) or repeated.asked in ("", _digest(accepted))


def _is_own(accepted: Accepted, repeated: Repeated) -> bool:
    return repeated.deployment == accepted.request.deployment_id


def _taken(accepted: Accepted) -> KeyTaken:
    return KeyTaken(f"The idempotency key {accepted.key!r} stands for another request; use a new one.")


def _answer(
    accepted: Accepted, stands_for: Mapping[tuple[Principal, str], Repeated], written: Mapping[DeploymentId, View]
) -> View | None:
    if accepted.key is None:
        return written[accepted.request.deployment_id]
    repeated = stands_for[accepted.caller.principal, accepted.key]
    return written[repeated.deployment] if _is_meant(accepted, repeated) else None


def _is_first(accepted: Accepted, stands_for: Mapping[tuple[Principal, str], Repeated]) -> bool:
    if accepted.key is None:
        return True
    return _is_own(accepted, stands_for[accepted.caller.principal, accepted.key])
