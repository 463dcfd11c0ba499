"""Puts the ranker together."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from services.ranker import handlers
from services.ranker.adapters.memory import PostgresMemory
from services.ranker.adapters.records import PostgresRecords
from services.ranker.adapters.rules import RulesFolder
from services.ranker.api.again import again_routes
from services.ranker.api.cpr import old_routes
from services.ranker.api.routes import Shelf, looking_routes, method_routes
from services.ranker.api.rules import rules_routes
from services.ranker.app.again import Toolbox
from services.ranker.app.answer import Answers
from services.ranker.app.replay import Replay, Replayed
from services.ranker.app.ruling import Ruling
from services.ranker.app.tidy import forget_old_rankings
from services.ranker.domain import feasible, scores, strategies
from services.ranker.domain.federation import Federation
from services.ranker.domain.rank import Method
from services.ranker.domain.rules.rule import Rules
from services.ranker.domain.weights import Weights
from services.ranker.settings import RankerSettings
from shared.contracts.streams import DEPLOYMENTS, PLANS
from shared.messaging.database import Database
from shared.messaging.facts import Facts
from shared.messaging.metrics import Meters
from shared.runtime import clock
from shared.runtime.errors import install_error_shape
from shared.runtime.health import Check
from shared.runtime.service import Service
from shared.runtime.yaml_files.folder import follow
from shared.runtime.yaml_files.problems import problems_route

SCHEMA = "ranker"
MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


def build(settings: RankerSettings) -> Service:
    """The ranker, built but not started."""
    database, memory, federation = Database(settings.database_url, SCHEMA), PostgresMemory(), Federation()
    facts = Facts(settings.kafka, "ranker", handlers.FACTS, federation.fold)
    known = strategies.discover()
    plain = method_of(settings.strategy, settings.weights)
    method = replace(plain, most=settings.candidates, most_rejected=settings.rejections)
    answers = Answers(
        federation,
        memory,
        method,
        ready=lambda: facts.caught_up.is_set() and ruling.known(),
        frozen_services=settings.frozen_services,
    )
    ruling = Ruling(RulesFolder(settings.rules) if settings.rules else None, method, answers.use)
    shelf = Shelf(federation, memory, database, clock.now, facts.caught_up.is_set)
    tidying = partial(forget_old_rankings, database, memory, clock.now, settings.keep_rankings)
    return Service(
        name="ranker",
        settings=settings,
        database=database,
        meters=Meters(),
        migrations=MIGRATIONS,
        streams=(DEPLOYMENTS, PLANS, *handlers.FACTS),
        hears=handlers.hears(answers),
        routes=(
            looking_routes(shelf),
            method_routes(method, known),
            again_routes(shelf, Toolbox(method.filters, method.terms, known)),
            old_routes(),
            rules_routes(lambda: ruling.rules),
            problems_route(ruling.standing),
        ),
        loops=(facts.run, tidying, *_rules_loops(settings, ruling)),
        checks={"facts": _facts_check(facts), "rules": ruling.check},
        shape=install_error_shape,
    )


def method_of(strategy: str = "index", weights: Weights | None = None) -> Method:
    """All filters and terms there are, with a strategy; without rules."""
    known = strategies.discover()
    return Method(feasible.discover(), scores.discover(), known[strategy], weights or Weights())


async def replays(
    settings: RankerSettings, strategy: str | None, rules: Rules | None, since: datetime
) -> AsyncIterator[Replayed]:
    """The rankings in the store since then, made again; see `Replay`."""
    database = Database(settings.database_url, SCHEMA)
    tools = Toolbox(feasible.discover(), scores.discover(), strategies.discover())
    try:
        async for one in Replay(PostgresRecords(database), tools, strategy, rules).since(since):
            yield one
    finally:
        await database.close()


def _rules_loops(settings: RankerSettings, ruling: Ruling) -> Iterator[Callable[[], Awaitable[None]]]:
    """One that follows the folder, if there is any."""
    if settings.rules is not None:
        yield partial(follow, settings.rules, ruling.refresh, poll=timedelta(seconds=settings.poll))


def _facts_check(facts: Facts) -> Check:
    async def check() -> str | None:
        return None if facts.caught_up.is_set() else "the facts are still being read"

    return check
