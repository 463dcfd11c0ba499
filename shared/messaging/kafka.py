"""The one file that decides how we speak to Kafka: at least once, in batches, from the beginning, in order per key."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code
from aiokafka.structs import TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka import annotations as inject
from faststream.kafka.message import KafkaMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber

from shared.contracts.streams import MAX_EVENT_BYTES, Stream
from shared.messaging.gathering import moment
from shared.messaging.inbound import Inbound, Stopping
from shared.messaging.metrics import Meters
from shared.messaging.offsets import Offsets

log = logging.getLogger(__name__)
MAX_BATCH = 500
FETCH_BYTES = 4 * 1024 * 1024
REQUEST_BYTES = MAX_EVENT_BYTES + 64 * 1024
WAIT_MS = 500
SESSION_MS = 15_000


@dataclass(frozen=True, slots=True)
class Member:
    """Who consumes: the group, and a name in it that is the same after a restart.

    With a lasting name a killed process takes up its partitions as soon as it is back, instead of waiting until the
    broker has given its predecessor up. Who is in no hurry has a `patience` (in seconds): that long it lets messages
    gather between two rounds, and pays for fewer transactions.
    """

    group: str
    name: str
    patience: float = 0.0


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscriber, what it feeds, and how far its effects go."""

    subscriber: BatchSubscriber
    inbound: Inbound
    offsets: Offsets

    async def settle(self) -> None:
        """Give up waiting, and commit what had its effect, before the consumer leaves its group."""
        self.inbound.stop()
        if self.subscriber.consumer is not None:
            await self.offsets.commit(self.subscriber.consumer)


def broker(bootstrap: str, client: str) -> KafkaBroker:
    """The FastStream broker of a service; it consumes only, what goes out passes the outbox and the relay."""
    return KafkaBroker(
        bootstrap,
        client_id=client,
        graceful_timeout=8.0,
        allow_auto_create_topics=False,
        logger=None,
    )


def subscribe(
    bus: KafkaBroker, inbound: Inbound, streams: Iterable[Stream], meters: Meters, *, member: Member
) -> Subscription:
    """Feed `inbound` with batches of `streams`; offsets are committed after the effect, never before."""

    async def parse(records: Sequence[Any]) -> KafkaMessage:
        # FastStream's own parser decodes headers strictly, and a record it cannot decode would be lost.
        return KafkaMessage(raw_message=tuple(records), body=b"", consumer=_consumer(subscriber))

    async def keep(message: KafkaMessage) -> KafkaMessage:
        return message

    subscriber = bus.subscriber(
        *(stream.topic for stream in streams),
        group_id=member.group,
        group_instance_id=member.name,
        batch=True,
        max_records=MAX_BATCH,
        batch_timeout_ms=WAIT_MS,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        session_timeout_ms=SESSION_MS,
        max_partition_fetch_bytes=FETCH_BYTES,
        parser=parse,
        decoder=keep,
        no_reply=True,
    )
    _without_naps(subscriber, member.patience)
    offsets = Offsets(inbound.consumer)

    @subscriber
    async def take(message: inject.KafkaMessage) -> None:
        records, consumer = _records(message), _consumer(subscriber)
        try:
            await inbound.take(records)
        except Stopping:
            log.info("%s stops before its batch was handled; it will be delivered again", inbound.consumer)
        else:
            offsets.handled(consumer, records)
            _measure_lag(consumer, records, inbound.consumer, meters)

    return Subscription(subscriber, inbound, offsets)


def _consumer(subscriber: BatchSubscriber) -> Any:
    if subscriber.consumer is None:
        raise Stopping("the subscriber was stopped")
    return subscriber.consumer


def _records(message: KafkaMessage) -> tuple[Any, ...]:
    raw = message.raw_message
    return raw if isinstance(raw, tuple) else (raw,)


def _without_naps(subscriber: BatchSubscriber, patience: float) -> None:
    """Wait for records only inside `getmany`, which ends as soon as there are some.

    FastStream 0.7.8 sleeps `batch_timeout_ms` more after each empty poll, deaf to what arrives: half a second for the
    first message after a quiet moment, at every hop of a saga. When there is much to do, it waits a moment,
    so that more messages share a transaction.
    """
    last = 0

    async def get_msg(consumer: Any) -> tuple[Any, ...]:
        nonlocal last
        if last:
            await asyncio.sleep(max(moment(last), patience))
        taken = await consumer.getmany(timeout_ms=WAIT_MS, max_records=MAX_BATCH)
        records = tuple(chain.from_iterable(taken.values()))
        last = len(records)
        return records

    subscriber.get_msg = get_msg  # type: ignore[method-assign]


class Producer:
    """Where the relay publishes to: acknowledged by all replicas, idempotent, compressed."""

    def __init__(self, bootstrap: str, client: str) -> None:
        """Nothing is opened until `start`."""
        self._bootstrap = bootstrap
        self._client = client
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connect. Raises `KafkaConnectionError` when no broker answers."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=self._client,
            acks="all",
            enable_idempotence=True,
            compression_type="zstd",
            max_request_size=REQUEST_BYTES,
            request_timeout_ms=15_000,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def send(
        self, topic: str, *, key: bytes, value: bytes | None, headers: Sequence[tuple[str, bytes]]
    ) -> "asyncio.Future[object]":
        """Queue a record; the future is done once the broker has it."""
        if self._producer is None:
            raise ConnectionError("the producer is not connected yet")
        queued: asyncio.Future[object] = await self._producer.send(topic, value=value, key=key, headers=list(headers))
        return queued

    async def stop(self) -> None:
        """Flush and disconnect."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None


async def create_topics(bootstrap: str, streams: Iterable[Stream], *, replication: int = 1) -> None:
    """Create what is missing of `streams` and their dead-letter topics. Raises while no broker answers."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        there = set(await admin.list_topics())
        wanted = [topic for stream in streams for topic in _topics_of(stream, replication) if topic.name not in there]
        if wanted:
            answer = await admin.create_topics(wanted)
            for name, code, *_ in answer.topic_errors:
                if code and for_code(code) is not TopicAlreadyExistsError:
                    raise for_code(code)(f"topic {name}")
    finally:
        await admin.close()


def _topics_of(stream: Stream, replication: int) -> tuple[NewTopic, NewTopic]:
    sizes = {"max.message.bytes": str(REQUEST_BYTES)}
    retention = {"retention.ms": str(int(stream.retention.total_seconds() * 1000))}
    kept = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.2"} if stream.compacted else retention
    return (
        NewTopic(stream.topic, stream.partitions, replication, topic_configs={**sizes, **kept}),
        NewTopic(stream.dead, 1, replication, topic_configs={**sizes, **retention}),
    )


def _measure_lag(consumer: Any, records: Sequence[Any], name: str, meters: Meters) -> None:
    last = {TopicPartition(record.topic, record.partition): record.offset for record in records}
    lag: Counter[str] = Counter()
    for partition, offset in last.items():
        lag[partition.topic] += max(0, (consumer.highwater(partition) or 0) - offset - 1)
    for topic, behind in lag.items():
        meters.lag.labels(name, topic).set(behind)
