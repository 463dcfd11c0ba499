"""What was set aside: looked at, and told again to the one consumer that could not handle it."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from shared.contracts.envelope import Headers
from shared.messaging.inbound import REPLAY_FOR
from shared.messaging.kafka import Producer

WAIT_MS = 1000
MARKS = ("dead_reason", "dead_consumer", "dead_topic", "dead_at")


class DeadLetter(NamedTuple):
    """A record that was set aside, and why."""

    offset: int
    key: str
    headers: Headers
    value: bytes | None

    def named(self, name: str) -> str:
        """The text of a header, empty when it is not there."""
        return next((value.decode(errors="replace") for header, value in self.headers if header == name), "")


async def dead_letters(bootstrap: str, topic: str) -> list[DeadLetter]:
    """All that stands in a dead-letter topic, oldest first."""
    partition = TopicPartition(topic, 0)
    async with _reading(bootstrap, partition) as consumer:
        end = (await consumer.end_offsets([partition]))[partition]
        found: list[DeadLetter] = []
        while await consumer.position(partition) < end:
            for record in (await consumer.getmany(timeout_ms=WAIT_MS)).get(partition, []):
                key = (record.key or b"").decode(errors="replace")
                found.append(DeadLetter(record.offset, key, tuple(record.headers), record.value))
        return found


async def replay(bootstrap: str, letter: DeadLetter) -> str:
    """Tell a dead letter again on its own topic, for its own consumer only; returns the new message's id.

    It gets a new id, because its own counts as handled, and the others have had its effect.
    """
    new = str(uuid.uuid4())
    kept = [(name, value) for name, value in letter.headers if name not in (*MARKS, "ce_id", "ce_causationid")]
    told = [
        *kept,
        ("ce_id", new.encode()),
        ("ce_causationid", letter.named("ce_id").encode()),
        (REPLAY_FOR, letter.named("dead_consumer").encode()),
    ]
    producer = Producer(bootstrap, "dead-letters")
    await producer.start()
    try:
        await (
            await producer.send(letter.named("dead_topic"), key=letter.key.encode(), value=letter.value, headers=told)
        )
    finally:
        await producer.stop()
    return new


@asynccontextmanager
async def _reading(bootstrap: str, partition: TopicPartition) -> AsyncIterator[Any]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        yield consumer
    finally:
        await consumer.stop()
