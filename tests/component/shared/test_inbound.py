"""Messages come in once in effect, and only what is poisonous is set aside."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import text

from shared.contracts.deployments import DeploymentDeleted
from shared.contracts.envelope import Envelope, known_types
from shared.contracts.streams import DEPLOYMENTS
from shared.contracts.trials import TrialCleaned
from shared.contracts.vocabulary import DeploymentId, TrialNo
from shared.failures import Transient
from shared.messaging.database import Database
from shared.messaging.inbound import Desk, Handler, Inbound, Stopping
from shared.messaging.metrics import Meters
from shared.messaging.transaction import Work
from tests.support.builders import NOON, an_envelope
from tests.support.bus import Record, record_of
from tests.support.postgres import Migrated


def hearing(database: Database, handler: Handler) -> Inbound:
    """A consumer that knows TrialCleaned."""
    known = known_types(DEPLOYMENTS, only=[TrialCleaned])
    return Inbound("test", known, handler, Desk("tester", database, lambda: NOON, Meters()))


def a_record(name: str) -> Record:
    """A message whose id and deployment are `name`."""
    return record_of(an_envelope(TrialCleaned(deployment_id=DeploymentId(name), trial=TrialNo(1)), id=name))


async def outbox(database: Database) -> list[tuple[str, str, str]]:
    """Topic, key and headers of what is to be told."""
    async with database.transaction() as connection:
        rows = await connection.execute(text("SELECT topic, key, headers FROM outbox ORDER BY seq"))
        return [(row.topic, row.key, row.headers) for row in rows]


async def answer(work: Work, told: Sequence[Envelope]) -> None:
    """Tell that each deployment is deleted; a deployment named poison is a bug."""
    for envelope in told:
        if envelope.body.key == "poison":
            raise ValueError("cannot digest this")
        work.tell(DEPLOYMENTS, DeploymentDeleted(deployment_id=DeploymentId(envelope.body.key)), because=envelope)


async def test_a_message_delivered_twice_has_its_effect_once(fresh: Migrated) -> None:
    database = await fresh()
    inbound = hearing(database, answer)

    await inbound.take([a_record("a"), a_record("a")])
    await inbound.take([a_record("a"), a_record("b")])

    assert [key for _, key, _ in await outbox(database)] == ["a", "b"]


async def test_only_the_poisonous_message_of_a_batch_is_set_aside_with_its_reason(fresh: Migrated) -> None:
    database = await fresh()

    await hearing(database, answer).take([a_record("a"), a_record("poison"), a_record("b")])

    told = await outbox(database)
    assert [(topic, key) for topic, key, _ in told] == [
        ("deployments", "a"),
        ("deployments.dead", "poison"),
        ("deployments", "b"),
    ]
    assert "ValueError: cannot digest this" in told[1][2]


async def test_a_poisonous_message_is_set_aside_once_though_delivered_twice(fresh: Migrated) -> None:
    database = await fresh()
    inbound = hearing(database, answer)

    await inbound.take([a_record("poison")])
    await inbound.take([a_record("poison")])

    assert len(await outbox(database)) == 1


async def test_a_body_that_cannot_be_read_is_set_aside_beside_those_that_can(fresh: Migrated) -> None:
    database = await fresh()
    bad = Record("deployments", b"bad", b"{nonsense", a_record("bad").headers)

    await hearing(database, answer).take([a_record("a"), bad])

    assert {(topic, key) for topic, key, _ in await outbox(database)} == {
        ("deployments", "a"),
        ("deployments.dead", "bad"),
    }


async def test_a_type_that_is_not_known_is_passed_over(fresh: Migrated) -> None:
    database = await fresh()
    unknown = record_of(an_envelope(DeploymentDeleted(deployment_id=DeploymentId("a"))))

    await hearing(database, answer).take([unknown])

    assert await outbox(database) == []


async def test_while_the_world_is_not_ready_the_batch_waits_and_nothing_is_set_aside(fresh: Migrated) -> None:
    database = await fresh()
    tries = 0

    async def at_the_third_try(work: Work, told: Sequence[Envelope]) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise Transient("not yet")
        await answer(work, told)

    await hearing(database, at_the_third_try).take([a_record("a")])

    assert [(topic, key) for topic, key, _ in await outbox(database)] == [("deployments", "a")]


async def test_a_service_that_stops_while_it_waits_has_handled_nothing(fresh: Migrated) -> None:
    database = await fresh()

    async def never(_work: Work, _told: Sequence[Envelope]) -> None:
        raise Transient("not yet")

    inbound = hearing(database, never)
    taking = asyncio.create_task(inbound.take([a_record("a")]))
    inbound.stop()

    with pytest.raises(Stopping):
        await taking
    again = hearing(database, answer)
    await again.take([a_record("a")])
    assert [key for _, key, _ in await outbox(database)] == ["a"]


async def test_what_is_told_because_of_a_message_has_the_same_id_whenever_it_is_told(fresh: Migrated) -> None:
    first, second = await fresh(), await fresh()

    await hearing(first, answer).take([a_record("a")])
    await hearing(second, answer).take([a_record("a")])

    assert await outbox(first) == await outbox(second)


async def test_a_replayed_dead_letter_is_handled_by_its_own_consumer_only(fresh: Migrated) -> None:
    database = await fresh()
    record = a_record("a")
    for_us, for_others = (
        Record(record.topic, record.key, record.value, [*record.headers, ("replay_for", name)])
        for name in (b"test", b"other")
    )

    await hearing(database, answer).take([for_others])
    assert await outbox(database) == []

    await hearing(database, answer).take([for_us])
    assert [key for _, key, _ in await outbox(database)] == ["a"]
