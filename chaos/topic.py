"""Reads topics whole, without a group: what stands there now, in the order of the offsets."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from chaos.evidence import Heard
from shared.contracts.envelope import known_types, read
from shared.contracts.streams import DEAD_SUFFIX, DEPLOYMENTS, STREAMS

_KNOWN = known_types(DEPLOYMENTS)
_FACTS = {stream.topic for stream in STREAMS if stream.compacted}


class Standing(NamedTuple):
    """What stands on the topics: the story of all deployments, and what was set aside."""

    heard: list[Heard]
    set_aside: list[str]


@asynccontextmanager
async def consumer(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of nothing yet, that commits nothing."""
    reader = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


async def standing(bootstrap: str) -> Standing:
    """Everything from the beginning to what is the end now. Raises `KafkaError` while the broker is away."""
    places = await partitions(bootstrap)
    async with consumer(bootstrap) as reader:
        records = await _all(reader, [place for place in places if place.topic == DEPLOYMENTS.topic])
        aside = await _all(reader, [place for place in places if place.topic.endswith(DEAD_SUFFIX)])
    return Standing([heard for record in records if (heard := _heard(record))], [_reason(record) for record in aside])


async def partitions(bootstrap: str) -> list[TopicPartition]:
    """All partitions of all topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        described = await admin.describe_topics(await admin.list_topics())
    finally:
        await admin.close()
    return [TopicPartition(topic["topic"], one["partition"]) for topic in described for one in topic["partitions"]]


def moving(places: Iterable[TopicPartition]) -> list[TopicPartition]:
    """Those on which things happen: neither facts about the federation, nor dead letters, nor Kafka's own."""
    told = (place for place in places if place.topic not in _FACTS and not place.topic.startswith("_"))
    return [place for place in told if not place.topic.endswith(DEAD_SUFFIX)]


async def _all(reader: AIOKafkaConsumer, ours: list[TopicPartition]) -> list[ConsumerRecord]:
    if not ours:
        return []
    reader.assign(ours)
    await reader.seek_to_beginning(*ours)
    ends = await reader.end_offsets(ours)
    records: list[ConsumerRecord] = []
    while any([await reader.position(partition) < end for partition, end in ends.items()]):
        for taken in (await reader.getmany(timeout_ms=500)).values():
            records += taken
    return records


def _heard(record: ConsumerRecord) -> Heard | None:
    envelope = read(record.headers, record.value, _KNOWN)
    if envelope is None:
        return None
    return Heard(
        id=envelope.id,
        type=envelope.body.type(),
        source=envelope.source,
        time=envelope.time,
        key=record.key.decode(),
        partition=record.partition,
        offset=record.offset,
        body=envelope.body,
    )


def _reason(record: ConsumerRecord) -> str:
    said = "; ".join(f"{name}={value.decode(errors='replace')[:300]}" for name, value in record.headers)
    return f"{record.topic} offset {record.offset}: {said}"
