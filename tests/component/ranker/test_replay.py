"""Rankings that were made, made again: to the byte by the method of then, and by others with what would change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from services.ranker.adapters.records import PostgresRecords
from services.ranker.api.report import as_json, as_table
from services.ranker.app.replay import Replay, Replayed
from services.ranker.domain import strategies
from services.ranker.domain.rules.rule import Rule, Rules
from services.ranker.domain.rules.ruled import ruled
from services.ranker.main import MIGRATIONS
from shared.contracts.message import Message
from shared.messaging.database import Database
from tests.component.ranker.desk import METHOD, TOOLS, a_desk
from tests.support.builders import NOON, a_request, a_site, an_agreement
from tests.support.postgres import Migrated
from tests.unit.ranker.ranked import seen
from tests.unit.ranker.test_legacy_cpr import promising

FACTS: Sequence[Message] = (
    a_site("bari"),
    promising("bari", ("public_ip", 1)),
    seen("bari"),
    a_site("cineca"),
    promising("cineca", ("public_ip", 100)),
    seen("cineca", available=False),
)
HOME = (Rule(name="house/home", when='site.id == "cineca"', prefer=100),)


@pytest.fixture
async def database(fresh: Migrated) -> Database:
    return await fresh(Path(MIGRATIONS))


async def replayed(database: Database, strategy: str | None = None, rules: Rules | None = None) -> list[Replayed]:
    found = Replay(PostgresRecords(database), TOOLS, strategy, rules).since(NOON - timedelta(days=1))
    return [one async for one in found]


@pytest.mark.parametrize("strategy", sorted(strategies.discover()))
async def test_the_same_method_gives_the_same_ranking_to_the_byte(database: Database, strategy: str) -> None:
    method = ruled(replace(METHOD, strategy=strategies.discover()[strategy]), HOME)
    await a_desk(database, FACTS, method=method).hear(a_request("d-1"), a_request("d-2"), a_request("d-3", group="no"))
    again = await replayed(database)
    assert [(one.deployment, one.same, one.identical, one.why) for one in again] == [
        (name, True, True, "") for name in ("d-1", "d-2", "d-3")
    ]
    assert again[2].was == "nowhere"


async def test_another_strategy_says_whom_it_would_have_put_first_and_why(database: Database) -> None:
    await a_desk(database, FACTS).hear(a_request("d-1"))
    (one,) = await replayed(database, "legacy-cpr")
    assert (one.was, one.again, one.same, one.identical) == (
        "bari/bari-compute",
        "cineca/cineca-compute",
        False,
        False,
    )
    assert one.why == "bari is at place 2. It would be first with an index of more than 100."


async def test_other_rules_say_what_they_would_have_refused(database: Database) -> None:
    await a_desk(database, FACTS).hear(a_request("d-1"))
    closed = Rule(name="house/closed", when='site.id == "bari"', reject="Bari is closed.")
    (one,) = await replayed(database, rules=(closed,))
    assert (one.again, one.why) == ("cineca/cineca-compute", "Bari is closed.")
    (everything,) = await replayed(database, rules=(closed, Rule(name="a/b", when="true", reject="No.")))
    assert everything.again == "nowhere"


async def test_what_was_not_kept_or_was_made_by_other_arithmetic_is_said_and_not_guessed(database: Database) -> None:
    await a_desk(database, FACTS).hear(a_request("d-1"), a_request("d-2"))
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE rankings SET method = '{}' WHERE deployment_id = 'd-1'"))
        await connection.execute(text("DELETE FROM fact_sets"))
    one, other = await replayed(database)
    assert (one.again, one.same, one.why) == (
        None,
        False,
        "It was ranked by version unknown of the arithmetic; this is 2.",
    )
    assert (other.again, other.why) == (None, "The facts that this ranking was made from are kept no more.")


async def test_many_rankings_are_read_page_by_page_each_once(database: Database) -> None:
    names = [f"d-{number:03}" for number in range(230)]
    facts = [a_site("bari"), an_agreement("bari")]
    await a_desk(database, facts).hear(*(a_request(name) for name in names))
    assert [one.deployment for one in await replayed(database)] == names


async def test_the_table_shows_what_changed_and_counts_the_rest(database: Database) -> None:
    await a_desk(database, FACTS).hear(a_request("d-1"), a_request("d-2", group="no"))
    lines = list(as_table(await replayed(database, "legacy-cpr")))
    assert lines[1].split()[2:5] == ["d-1/1", "bari/bari-compute", "cineca/cineca-compute"]
    assert lines[-1] == (
        "2 rankings: 1 with the same first place (1 the same to the byte), 1 with another, 0 not replayed"
    )
    assert '"deployment": "d-2"' in as_json((await replayed(database))[1])
