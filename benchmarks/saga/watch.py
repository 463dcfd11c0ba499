"""Hears on the topic that a deployment has come to its end, and tells whoever waits for it."""

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.contracts.deployments import DeploymentCompleted, DeploymentFailed
from shared.contracts.envelope import type_of
from shared.contracts.streams import DEPLOYMENTS

_ENDS = frozenset({DeploymentCompleted.type(), DeploymentFailed.type()})


@dataclass(slots=True)
class Watch:
    """Every end since `start`: when it was heard (on `time.perf_counter`), and what was told."""

    bootstrap: str
    ends: dict[str, tuple[float, ConsumerRecord]] = field(default_factory=dict)
    _waiting: dict[str, asyncio.Future[None]] = field(default_factory=dict)
    _consumer: AIOKafkaConsumer | None = None
    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """From now on."""
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, group_id=None, enable_auto_commit=False)
        await self._consumer.start()
        places = [TopicPartition(DEPLOYMENTS.topic, number) for number in range(DEPLOYMENTS.partitions)]
        self._consumer.assign(places)
        await self._consumer.seek_to_end(*places)
        self._task = asyncio.create_task(self._listen(self._consumer))

    async def end_of(self, deployment: str) -> float:
        """Wait for it; when it was heard."""
        if deployment not in self.ends:
            self._waiting[deployment] = asyncio.get_running_loop().create_future()
            await self._waiting[deployment]
        return self.ends[deployment][0]

    async def stop(self) -> None:
        """Listen no more."""
        if self._task is not None:
            self._task.cancel()
        if self._consumer is not None:
            await self._consumer.stop()

    def tried_twice(self, deployments: Iterable[str]) -> int:
        """How many of these completed after more than one trial. Raises `RuntimeError` when one failed."""
        twice = 0
        for deployment in deployments:
            record = self.ends[deployment][1]
            if type_of(record.headers) != DeploymentCompleted.type():
                raise RuntimeError(f"{deployment} failed: {record.value.decode()[:500]}")
            twice += len(json.loads(record.value)["trials"]) > 1
        return twice

    async def _listen(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            taken = await consumer.getmany(timeout_ms=1000)
            heard = time.perf_counter()
            for record in (record for records in taken.values() for record in records):
                if type_of(record.headers) in _ENDS:
                    self._end(record.key.decode(), heard, record)

    def _end(self, deployment: str, heard: float, record: ConsumerRecord) -> None:
        self.ends.setdefault(deployment, (heard, record))
        if waiting := self._waiting.pop(deployment, None):
            waiting.set_result(None)
