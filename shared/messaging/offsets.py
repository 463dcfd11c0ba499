"""Offsets are committed after the effect, some times a second; what comes again after a crash, the inbox knows."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

log = logging.getLogger(__name__)
EVERY = 0.2


class Offsets:
    """Remembers how far the effects of one consumer go, and commits that soon after."""

    def __init__(self, name: str) -> None:
        """`name` is the consumer's."""
        self._name = name
        self._handled: dict[TopicPartition, int] = {}
        self._committing: asyncio.Task[None] | None = None

    def handled(self, consumer: Any, records: Iterable[Any]) -> None:
        """These records have had their effect."""
        for record in records:
            self._handled[TopicPartition(record.topic, record.partition)] = record.offset + 1
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_soon(consumer))

    async def commit(self, consumer: Any) -> None:
        """Commit now. Partitions that were lost meanwhile are somebody else's business."""
        mine = consumer.assignment()
        offsets = {partition: offset for partition, offset in self._handled.items() if partition in mine}
        self._handled.clear()
        if offsets:
            try:
                await consumer.commit(offsets)
            except KafkaError as problem:
                log.info("%s could not commit its offsets: %s", self._name, type(problem).__name__)

    async def _commit_soon(self, consumer: Any) -> None:
        await asyncio.sleep(EVERY)
        await self.commit(consumer)
