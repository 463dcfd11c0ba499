"""Delivers again, later: some records of every moving topic are published a second time, headers and key unchanged."""

import asyncio
import contextlib
import random

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import KafkaError

from chaos.topic import consumer, moving, partitions

SHARE = 0.15
LATEST = 8.0
_RETRY = 0.5
_BIG = 9 * 1024 * 1024


class Echo:
    """Runs until cancelled; an absent broker is waited for. An echo may have an echo."""

    def __init__(self, bootstrap: str, seed: int) -> None:
        """Which records are delivered again, and how late, follows from the seed and the order in which they come."""
        self.repeated = 0
        self._bootstrap = bootstrap
        self._chance = random.Random(f"{seed}/echo")
        self._due: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Listen and repeat."""
        producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, acks="all", max_request_size=_BIG)
        await producer.start()
        try:
            async with consumer(self._bootstrap) as reader:
                reader.assign(moving(await partitions(self._bootstrap)))
                while True:
                    await self._listen(reader, producer)
        finally:
            for task in self._due:
                task.cancel()
            with contextlib.suppress(KafkaError, OSError):
                await producer.stop()

    async def _listen(self, reader: AIOKafkaConsumer, producer: AIOKafkaProducer) -> None:
        try:
            taken = await reader.getmany(timeout_ms=200)
        except KafkaError:
            await asyncio.sleep(_RETRY)
            return
        for record in (record for records in taken.values() for record in records):
            if self._chance.random() < SHARE:
                task = asyncio.create_task(self._repeat(producer, record, self._chance.uniform(0, LATEST)))
                self._due.add(task)
                task.add_done_callback(self._due.discard)

    async def _repeat(self, producer: AIOKafkaProducer, record: ConsumerRecord, delay: float) -> None:
        await asyncio.sleep(delay)
        with contextlib.suppress(KafkaError):
            await producer.send_and_wait(
                record.topic,
                record.value,
                key=record.key,
                headers=list(record.headers),
                partition=record.partition,
            )
            self.repeated += 1
