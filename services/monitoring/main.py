"""Puts monitoring together."""

import random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx

from services.monitoring import handlers
from services.monitoring.adapters.board import Board
from services.monitoring.adapters.collectors import entries, open_collectors, paces
from services.monitoring.adapters.folder import FederationFolder
from services.monitoring.adapters.observations import PostgresObservations
from services.monitoring.adapters.rota import PostgresRota
from services.monitoring.adapters.switches import PostgresSwitches
from services.monitoring.adapters.trials import PostgresTrials
from services.monitoring.api.routes import observation_routes
from services.monitoring.api.sites import site_routes
from services.monitoring.api.switches import switch_routes
from services.monitoring.api.wrapper import wrapper_routes
from services.monitoring.app.inventory import Inventory
from services.monitoring.app.keeping import Keeping
from services.monitoring.app.looking import Watcher
from services.monitoring.app.refresh import TRIALS, Refresh
from services.monitoring.app.rounds import Rounds
from services.monitoring.app.standings import Standings
from services.monitoring.app.store import Store
from services.monitoring.app.switching import Switching
from services.monitoring.app.tidying import TRIALS_COUNT, Tidying
from services.monitoring.app.trials import Experience
from services.monitoring.domain.rhythm import paced
from services.monitoring.domain.service import Freshness
from services.monitoring.ports import Collector
from services.monitoring.settings import MonitoringSettings
from shared.contracts.streams import DEPLOYMENTS, OBSERVATIONS, SITES
from shared.identity.http import who_calls
from shared.identity.oidc import OidcIdentities
from shared.messaging.database import Database
from shared.messaging.facts import Facts
from shared.messaging.metrics import Meters
from shared.runtime import clock
from shared.runtime.errors import install_error_shape
from shared.runtime.service import Service
from shared.runtime.yaml_files.folder import follow
from shared.runtime.yaml_files.problems import count_problems, problems_route

NAME = "monitoring"
MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


def build(settings: MonitoringSettings) -> Service:
    """The service, not started."""
    database, meters, trials = Database(settings.database_url, NAME), Meters(), PostgresTrials()
    store = Store(database, PostgresRota(), PostgresObservations())
    keeping = Keeping(store.observations, replace(settings.manner(), freshness=_freshness(settings)))
    collectors = open_collectors(settings.collectors, timeout=timedelta(seconds=settings.timeout))
    client = httpx.AsyncClient(timeout=settings.timeout, trust_env=False)
    folder = settings.federation / "sites"
    inventory = Inventory(FederationFolder(folder, entries()))
    facts = Facts(settings.kafka, NAME, (SITES,), inventory.fold)
    refresh = Refresh(inventory, store, clock.now, tuple(collectors))
    chance = random.Random().random  # noqa: S311 - spreads the looks in time, keeps no secret
    rounds = Rounds(_watchers(settings, collectors), store, keeping, clock.now, chance)
    standings = Standings(store, clock.now, _freshness(settings))
    board = Board(standings, settings.series)
    meters.registry.register(board)
    count_problems(refresh.standing, meters.registry)
    switching = Switching(PostgresSwitches(), store, clock.now)
    who = who_calls(OidcIdentities(settings.issuers, client))
    return Service(
        name=NAME,
        settings=settings,
        database=database,
        meters=meters,
        migrations=MIGRATIONS,
        streams=(OBSERVATIONS, DEPLOYMENTS, SITES),
        hears=handlers.hears(Experience(trials, store.rota, keeping)),
        routes=(
            observation_routes(store, clock.now),
            site_routes(standings),
            switch_routes(switching, (*collectors, TRIALS), who),
            wrapper_routes(standings),
            problems_route(refresh.standing),
        ),
        loops=(
            facts.run,
            *_keeping_up(
                facts,
                refresh,
                inventory,
                lambda: follow(folder, refresh.refresh, poll=timedelta(seconds=settings.poll)),
            ),
            rounds.run,
            Tidying(store, trials, clock.now, timedelta(seconds=settings.keep)).run,
            board.run,
        ),
        checks={"federation": refresh.standing.check},
        shape=install_error_shape,
        close=lambda: _close(collectors.values(), client),
    )


def _keeping_up(
    facts: Facts, refresh: Refresh, inventory: Inventory, follow_folder: Callable[[], Awaitable[None]]
) -> tuple[Callable[[], Awaitable[None]], ...]:
    """What the cmdb has told must be known first: a site that only it knows would seem gone."""

    async def keep_up_with_the_folder() -> None:
        await facts.caught_up.wait()
        await follow_folder()

    async def keep_up_with_the_cmdb() -> None:
        await facts.caught_up.wait()
        await refresh.follow(inventory.changed)

    return keep_up_with_the_folder, keep_up_with_the_cmdb


async def _close(collectors: Iterable[Collector], client: httpx.AsyncClient) -> None:
    for collector in collectors:
        await collector.close()
    await client.aclose()


def _freshness(settings: MonitoringSettings) -> Freshness:
    """Three of the longest pauses of a collector, if that is longer; trials come when they come."""
    every = {name: settings.pace(name, own).every for name, own in paces().items()}
    usual = timedelta(seconds=max(settings.stale, 3 * settings.longest))
    seldom = {name: max(usual, 3 * pause) for name, pause in every.items() if pause}
    return Freshness(usual, {TRIALS: TRIALS_COUNT, **seldom})


def _watchers(settings: MonitoringSettings, collectors: Mapping[str, Collector]) -> dict[str, Watcher]:
    wanted = {name: settings.pace(name, own) for name, own in paces().items()}
    return {
        name: Watcher(
            name,
            collector,
            paced(settings.rhythm(), wanted[name]),
            wanted[name].patience or timedelta(seconds=settings.timeout),
            wanted[name].room or settings.room,
        )
        for name, collector in collectors.items()
    }
