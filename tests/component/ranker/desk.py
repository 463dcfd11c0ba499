"""A ranker without its bus: batches go in by hand, what it tells is read from its outbox."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from services.ranker import handlers
from services.ranker.adapters.memory import PostgresMemory
from services.ranker.app.again import Toolbox
from services.ranker.app.answer import Answers
from services.ranker.domain import feasible, scores, strategies
from services.ranker.domain.federation import Federation
from services.ranker.domain.rank import Method
from services.ranker.domain.weights import Weights
from shared.contracts.envelope import Envelope, known_types, read
from shared.contracts.message import Message
from shared.contracts.ranking import NoSiteFits, SitesRanked
from shared.contracts.streams import DEPLOYMENTS
from shared.messaging import inbound as shared_desk
from shared.messaging.database import Database
from shared.messaging.inbound import Inbound
from shared.messaging.metrics import Meters
from shared.messaging.transaction import load_headers
from tests.support.builders import NOON, an_envelope
from tests.support.bus import record_of

TOOLS = Toolbox(feasible.discover(), scores.discover(), strategies.discover())
METHOD = Method(feasible.discover(), scores.discover(), strategies.discover()["index"], Weights())


@dataclass(frozen=True)
class Desk:
    """One replica of the ranker."""

    database: Database
    inbound: Inbound

    async def hear(self, *bodies: Message) -> None:
        """Have one batch handled; a message told again has the id it had."""
        await self.inbound.take([record_of(told(body)) for body in bodies])


def told(body: Message) -> Envelope:
    return an_envelope(body, id=f"{body.type()}/{body.key}/{getattr(body, 'trial', '')}")


def knowing(facts: Sequence[Message]) -> Federation:
    federation = Federation()
    for number, fact in enumerate(facts):
        federation.fold(an_envelope(fact, id=f"fact-{number}"))
    return federation


def inbound_desk(database: Database) -> shared_desk.Desk:
    return shared_desk.Desk("ranker", database, lambda: NOON, Meters())


def a_desk(
    database: Database,
    facts: Sequence[Message],
    ready: Callable[[], bool] = lambda: True,
    method: Method = METHOD,
) -> Desk:
    (hears,) = handlers.hears(Answers(knowing(facts), PostgresMemory(), method, ready=ready))
    known = known_types(*hears.streams, only=hears.types)
    inbound = Inbound(hears.consumer, known, hears.handler, inbound_desk(database))
    return Desk(database, inbound)


async def answers_in(database: Database) -> list[SitesRanked | NoSiteFits]:
    """All that was told, in order; nothing was set aside."""
    async with database.transaction() as connection:
        rows = await connection.execute(text("SELECT topic, headers, value FROM outbox ORDER BY seq"))
        envelopes = [read(load_headers(row.headers), row.value, known_types(DEPLOYMENTS)) for row in rows]
    bodies = [envelope.body for envelope in envelopes if envelope is not None]
    return [body for body in bodies if isinstance(body, SitesRanked | NoSiteFits)]


async def place_of_each(database: Database) -> dict[str, str | None]:
    """Deployment → the site of its first candidate."""
    return {
        one.deployment_id: one.candidates[0].site if isinstance(one, SitesRanked) else None
        for one in await answers_in(database)
    }


async def together(*steps: Desk, batches: Sequence[Sequence[Message]]) -> None:
    """Have the batches handled by the replicas in turn, all at once."""
    await asyncio.gather(*(steps[number % len(steps)].hear(*batch) for number, batch in enumerate(batches)))
