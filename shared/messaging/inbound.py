"""Batches in: a consumer's records become one transaction; what is poisonous is set aside with its reason.

    read → [unreadable: dead letter] → inbox → handler → outbox → commit → (the caller commits offsets)

A batch that fails is replayed one message at a time, so that only the message at fault goes to the dead-letter topic.
While the world is not ready (database away, `Transient`), the same batch is tried again and nothing is set aside.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from shared.contracts.envelope import Envelope, Headers, Unreadable, read, type_of
from shared.contracts.message import Message
from shared.contracts.streams import DEAD_SUFFIX
from shared.failures import Transient
from shared.messaging.database import Database, is_passing
from shared.messaging.metrics import Meters
from shared.messaging.transaction import Clock, Outgoing, Work, unseen

log = logging.getLogger(__name__)
REPLAY_FOR = "replay_for"
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
Handler = Callable[[Work, Sequence[Envelope]], Awaitable[None]]


class Record(Protocol):
    """What Kafka hands out."""

    @property
    def topic(self) -> str:
        """Where it stood."""
        ...

    @property
    def key(self) -> bytes | None:
        """What it is about."""
        ...

    @property
    def value(self) -> bytes | None:
        """The message, as JSON."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """The CloudEvents attributes and whatever else came along."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """A record that could be read."""

    record: Record
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Desk:
    """What handling a message takes: in whose name things are told, the store, the clock, the meters."""

    source: str
    database: Database
    clock: Clock
    meters: Meters


class Stopping(Exception):
    """The service is asked to stop while it waits for the world; nothing was handled, nothing is lost."""


class Inbound:
    """One consumer of one service: its name, the types it knows, and the handler that gets them in batches."""

    def __init__(self, consumer: str, known: Mapping[str, type[Message]], handler: Handler, desk: Desk) -> None:
        """`consumer` names the inbox."""
        self.consumer = consumer
        self._known = known
        self._handler = handler
        self._desk = desk
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Give up waiting for the world."""
        self._stopping.set()

    async def take(self, records: Sequence[Record]) -> None:
        """Have every record's effect, or set it aside; returns only then, so offsets may be committed after.

        Raises `Stopping` when the service stops before that.
        """
        readings, dead = self._sort(records)
        if not readings and not dead:
            return
        started = time.perf_counter()
        if not await self._try([reading.envelope for reading in readings], dead):
            await self._one_by_one(readings, dead)
        self._desk.meters.batch(
            self.consumer, [reading.envelope for reading in readings], time.perf_counter() - started, self._desk.clock()
        )

    def _sort(self, records: Sequence[Record]) -> tuple[list[Reading], list[Outgoing]]:
        readings: list[Reading] = []
        dead: list[Outgoing] = []
        for record in records:
            if type_of(record.headers) not in self._known or not self._is_for_us(record):
                self._desk.meters.skipped(self.consumer)
                continue
            try:
                envelope = read(record.headers, record.value, self._known)
            except Unreadable as problem:
                dead.append(self._dead_letter(record, str(problem)))
            else:
                if envelope is not None:
                    readings.append(Reading(record, envelope))
        return readings, dead

    def _is_for_us(self, record: Record) -> bool:
        """A replayed dead letter is for the consumer that could not handle it; the others have had its effect."""
        return all(value == self.consumer.encode() for name, value in record.headers if name == REPLAY_FOR)

    async def _one_by_one(self, readings: Sequence[Reading], dead: Sequence[Outgoing]) -> None:
        await self._attempt(partial(self._set_aside, dead))
        for reading in readings:
            problem = await self._attempt(partial(self._transact, [reading.envelope], ()))
            if problem is not None:
                log.error("%s is set aside: %s", reading.envelope.body.type(), problem, exc_info=problem)
                letter = self._dead_letter(reading.record, f"{type(problem).__name__}: {problem}")
                await self._attempt(partial(self._set_aside, [letter], reading.envelope))

    async def _try(self, envelopes: Sequence[Envelope], dead: Sequence[Outgoing]) -> bool:
        problem = await self._attempt(partial(self._transact, envelopes, dead))
        if problem is not None:
            log.warning("a batch of %d failed and is replayed one by one: %s", len(envelopes), problem)
        return problem is None

    async def _attempt(self, transact: Callable[[], Awaitable[None]]) -> Exception | None:
        """One transaction, again and again while the world is not ready. Returns what went wrong for good."""
        pause = FIRST_PAUSE
        while True:
            try:
                await transact()
            except Exception as problem:  # noqa: BLE001 - whatever it is, it is the reason of a dead letter
                if not isinstance(problem, Transient) and not is_passing(problem):
                    return problem
                log.warning("%s waits %.1f s: %s", self.consumer, pause, problem)
                asked = problem.retry_after if isinstance(problem, Transient) else None
                await self._wait(asked.total_seconds() if asked else pause)
                pause = min(LONGEST_PAUSE, pause * 2)
            else:
                return None

    async def _transact(self, envelopes: Sequence[Envelope], dead: Sequence[Outgoing]) -> None:
        async with self._desk.database.transaction() as connection:
            fresh = await unseen(connection, self.consumer, envelopes)
            work = Work(connection, self._desk.source, self._desk.clock())
            for letter in dead:
                work.pass_on(letter)
            if fresh:
                await self._handler(work, fresh)
            await work.flush()
        work.committed()
        self._desk.meters.duplicates(self.consumer, len(envelopes) - len(fresh))
        self._desk.meters.dead(self.consumer, len(dead))

    async def _set_aside(self, letters: Sequence[Outgoing], handled: Envelope | None = None) -> None:
        """Write dead letters; the message that one is about counts as handled, and is set aside once."""
        async with self._desk.database.transaction() as connection:
            if handled is not None and not await unseen(connection, self.consumer, [handled]):
                return
            work = Work(connection, self._desk.source, self._desk.clock())
            for letter in letters:
                work.pass_on(letter)
            await work.flush()
        self._desk.meters.dead(self.consumer, len(letters))

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
        raise Stopping(self.consumer)

    def _dead_letter(self, record: Record, reason: str) -> Outgoing:
        headers: Headers = (
            *((name, value) for name, value in record.headers if not name.startswith("dead_") and value is not None),
            ("dead_reason", reason[:2000].encode()),
            ("dead_consumer", self.consumer.encode()),
            ("dead_topic", record.topic.encode()),
            ("dead_at", self._desk.clock().isoformat().encode()),
        )
        topic = record.topic if record.topic.endswith(DEAD_SUFFIX) else record.topic + DEAD_SUFFIX
        return Outgoing(topic, (record.key or b"").decode(errors="replace"), headers, record.value)
