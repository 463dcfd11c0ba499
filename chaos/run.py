"""The crash test from curtain to verdict."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from aiokafka.errors import KafkaError

from chaos.auditor import audit
from chaos.echo import Echo
from chaos.evidence import Evidence, Verdict
from chaos.plan import wishes
from chaos.reaper import Reaper
from chaos.report import Figures
from chaos.stage import Stage, build, clear, fresh_places, raise_curtain
from chaos.topic import standing
from chaos.users import Users

_OURS_ONLY = ("KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL")
_SPAN = 12.0
_LOOK = 2.0


@dataclass(frozen=True, slots=True)
class Orders:
    """How much of it: `kills` is for each service, `patience` the seconds to come to rest after the last one."""

    deployments: int = 50
    kills: int = 5
    seed: int = 1
    patience: float = 180.0
    name: str = "chaos"
    keep: bool = False


def run(orders: Orders, say: Callable[[str], None]) -> Figures:
    """The whole test. Logs, ledger and state stay in `var/<name>` when something is wrong, or when asked to."""
    for variable in _OURS_ONLY:
        if os.environ.pop(variable, None):
            say(f"{variable} is passed over: only what is ours may be killed")
    ours = fresh_places(orders.name)
    ours.make()
    with build(ours, orders.seed, say) as system:
        stage = raise_curtain(system)
        say(f"everything runs; {orders.deployments} deployments, {orders.kills} kills a service, seed {orders.seed}")
        figures = asyncio.run(_play(stage, orders, say))
    if figures.verdict.holds and not orders.keep:
        clear(ours)
    else:
        say(f"logs, ledger and state are in {ours.var}")
    return figures


async def _play(stage: Stage, orders: Orders, say: Callable[[str], None]) -> Figures:
    began = time.monotonic()
    users = Users(stage.gateway, stage.token, orders.seed)
    reaper = Reaper(stage.system, orders.seed, orders.kills)
    echo = Echo(stage.kafka, orders.seed)
    background = [asyncio.create_task(reaper.keep()), asyncio.create_task(echo.run())]
    try:
        async with asyncio.TaskGroup() as acts:
            acts.create_task(users.ask(wishes(orders.deployments, orders.seed, _SPAN * max(1, orders.kills))))
            acts.create_task(reaper.run())
        say(f"all was asked and all was killed after {time.monotonic() - began:.0f} s; waiting for rest")
        verdict = await _verdict(stage, users, orders.patience)
    finally:
        for task in background:
            task.cancel()
        for task in background:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await users.close()
    return Figures(orders.seed, time.monotonic() - began, echo.repeated, reaper.toll, users.promises, verdict)


async def _verdict(stage: Stage, users: Users, patience: float) -> Verdict:
    """Look until nothing is wrong twice in a row, or patience is at its end: then what is wrong then."""
    until = time.monotonic() + patience
    good = 0
    while True:
        verdict = await _look(stage, users)
        good = good + 1 if verdict is not None and verdict.holds else 0
        if verdict is not None and (good > 1 or time.monotonic() > until):
            return verdict
        await asyncio.sleep(_LOOK)


async def _look(stage: Stage, users: Users) -> Verdict | None:
    try:
        heard, set_aside = await standing(stage.kafka)
    except KafkaError:
        return None
    promises = users.promises
    return audit(
        Evidence(
            heard=heard,
            ledger=stage.ledger(),
            accepted=set(promises.accepted.values()),
            deleted=promises.deleted,
            shown=await users.look(),
            refused=promises.refused,
            set_aside=set_aside,
        )
    )
