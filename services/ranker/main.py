"""Puts the ranker together."""

from pathlib import Path

from services.ranker import handlers
from services.ranker.adapters.memory import PostgresMemory
from services.ranker.api.routes import Shelf, looking_routes, method_routes
from services.ranker.app.answer import Answers
from services.ranker.domain import feasible, scores, strategies
from services.ranker.domain.federation import Federation
from services.ranker.domain.rank import Method
from services.ranker.settings import RankerSettings
from shared.contracts.streams import DEPLOYMENTS
from shared.messaging.database import Database
from shared.messaging.facts import Facts
from shared.messaging.metrics import Meters
from shared.runtime import clock
from shared.runtime.errors import install_error_shape
from shared.runtime.health import Check
from shared.runtime.service import Service

SCHEMA = "ranker"
MIGRATIONS = Path(__file__).parent / "adapters" / "migrations"


def build(settings: RankerSettings) -> Service:
    """The ranker, built but not started."""
    database, memory, federation = Database(settings.database_url, SCHEMA), PostgresMemory(), Federation()
    facts = Facts(settings.kafka, "ranker", handlers.FACTS, federation.fold)
    known = strategies.discover()
    scoring = (scores.discover(), known[settings.strategy], settings.weights)
    method = Method(feasible.discover(), *scoring, most=settings.candidates)
    answers = Answers(federation, memory, method, ready=facts.caught_up.is_set)
    shelf = Shelf(federation, memory, database, clock.now, facts.caught_up.is_set)
    return Service(
        name="ranker",
        settings=settings,
        database=database,
        meters=Meters(),
        migrations=MIGRATIONS,
        streams=(DEPLOYMENTS, *handlers.FACTS),
        hears=handlers.hears(answers),
        routes=(looking_routes(shelf), method_routes(method, known)),
        loops=(facts.run,),
        checks={"facts": _facts_check(facts)},
        shape=install_error_shape,
    )


def _facts_check(facts: Facts) -> Check:
    async def check() -> str | None:
        return None if facts.caught_up.is_set() else "the facts are still being read"

    return check
