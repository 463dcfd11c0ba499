"""Compacted topics read whole, from the beginning, by every replica for itself: facts folded into memory."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from shared.contracts.envelope import Envelope, Unreadable, known_types, read
from shared.contracts.streams import Stream

log = logging.getLogger(__name__)
POLL_MS = 500
RETRY = 1.0


class Facts:
    """Folds the facts of some streams for as long as the service lives; knows when it has caught up."""

    def __init__(
        self, bootstrap: str, client: str, streams: Iterable[Stream], fold: Callable[[Envelope], None]
    ) -> None:
        """`fold` gets every readable fact, in order per key; it must be quick and must not raise."""
        self._bootstrap = bootstrap
        self._client = client
        self._streams = tuple(streams)
        self._known = known_types(*self._streams)
        self._fold = fold
        self.caught_up = asyncio.Event()
        self._positions: dict[TopicPartition, int] = {}

    async def run(self) -> None:
        """Read until cancelled; an absent broker is waited for, what was folded stays."""
        while True:
            try:
                await self._read()
            except (KafkaError, OSError) as problem:
                log.warning("facts wait for the bus: %s", type(problem).__name__)
                await asyncio.sleep(RETRY)

    async def _read(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            client_id=self._client,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            partitions = [TopicPartition(stream.topic, n) for stream in self._streams for n in range(stream.partitions)]
            consumer.assign(partitions)
            await self._resume(consumer, partitions)
            ends = await consumer.end_offsets(partitions)
            while True:
                taken = await consumer.getmany(timeout_ms=POLL_MS)
                for partition, records in taken.items():
                    for record in records:
                        self._take(record.headers, record.value)
                    self._positions[partition] = records[-1].offset + 1
                if not self.caught_up.is_set():
                    await self._look_up(consumer, ends)
        finally:
            await consumer.stop()

    async def _resume(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        """Go on where the last connection broke off, so that no old fact is folded over a newer one."""
        for partition in partitions:
            if partition in self._positions:
                consumer.seek(partition, self._positions[partition])
            else:
                await consumer.seek_to_beginning(partition)

    def _take(self, headers: Iterable[tuple[str, bytes]], value: bytes | None) -> None:
        try:
            envelope = read(headers, value, self._known)
        except Unreadable as problem:
            log.warning("a fact is passed over: %s", problem)
        else:
            if envelope is not None:
                self._fold(envelope)

    async def _look_up(self, consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> None:
        positions = [await consumer.position(partition) >= end for partition, end in ends.items()]
        if all(positions):
            self.caught_up.set()
