"""Inbox, state and outbox in one transaction: a message has its effect once, and what it caused is told for sure."""

import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.envelope import Envelope, Headers, headers_of, value_of
from shared.contracts.message import Message
from shared.contracts.streams import MAX_EVENT_BYTES, Stream
from shared.failures import Permanent
from shared.messaging.schema import OUTBOX_CHANNEL

Clock = Callable[[], datetime]
NAMESPACE = uuid.UUID("6f4c1d0e-5d0b-4f6e-9b57-0c0a5a1e7a11")

INSERT_OUTBOX = text(f"""
    WITH written AS (
        INSERT INTO outbox (topic, key, headers, value)
        SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:headers AS text[]),
                             CAST(:bodies AS bytea[]))
    ) SELECT pg_notify('{OUTBOX_CHANNEL}', current_schema())
""")  # noqa: S608 - a constant of ours only
INSERT_INBOX = text("""
    INSERT INTO inbox (consumer, message_id)
    SELECT :consumer, id FROM unnest(CAST(:ids AS text[])) AS id ORDER BY id
    ON CONFLICT DO NOTHING RETURNING message_id
""")
UPSERT_DEADLINES = text("""
    INSERT INTO deadlines (id, about_key, due_at, topic, headers, value)
    SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:keys AS text[]), CAST(:dues AS timestamptz[]),
                         CAST(:topics AS text[]), CAST(:headers AS text[]), CAST(:bodies AS bytea[]))
    ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at, headers = excluded.headers, value = excluded.value
""")
DELETE_DEADLINES = text("DELETE FROM deadlines WHERE about_key = ANY(CAST(:keys AS text[]))")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record on its way out."""

    topic: str
    key: str
    headers: Headers
    value: bytes | None


@dataclass(slots=True)
class Work:
    """One transaction of one service: the connection, the time, and what will be told when it commits."""

    connection: AsyncConnection
    source: str
    at: datetime
    _outgoing: list[Outgoing] = field(default_factory=list)
    _deadlines: dict[str, tuple[datetime, Outgoing]] = field(default_factory=dict)
    _settled: set[str] = field(default_factory=set)
    _told: dict[str, int] = field(default_factory=dict)
    _after: list[Callable[[], None]] = field(default_factory=list)

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call this once the transaction has committed, such as to wake a loop for what was written."""
        self._after.append(call)

    def committed(self) -> None:
        """Told by whoever owns the transaction, right after it committed."""
        for call in self._after:
            call()

    def tell(
        self, stream: Stream, body: Message, *, because: Envelope | None = None, message_id: str | None = None
    ) -> Envelope:
        """Tell `body` on `stream` once this commits; returns it as it will be told.

        Without a `message_id` the id follows from the cause, so that handling a message twice tells one thing twice and
        not two things. Raises `Permanent` for a message over 8 MiB.
        """
        envelope = self._envelope(body, because, message_id)
        self._outgoing.append(outgoing(stream.topic, envelope))
        return envelope

    def begin(self, stream: Stream, envelope: Envelope) -> None:
        """Tell what nobody caused but a request from outside; its envelope is the beginning of a story."""
        self._outgoing.append(outgoing(stream.topic, envelope))

    def pass_on(self, record: Outgoing) -> None:
        """Send a record as it is, such as a dead letter."""
        self._outgoing.append(record)

    def wake(self, stream: Stream, body: Message, *, due: datetime, name: str) -> None:
        """Tell `body` on `stream` when it is `due`. One `name` has one deadline: the last word counts."""
        envelope = Envelope(
            id=str(uuid.uuid5(NAMESPACE, f"{self.source}/{name}/{due.isoformat()}")),
            source=self.source,
            time=due,
            body=body,
        )
        self._deadlines[name] = (due, outgoing(stream.topic, envelope))
        self._settled.discard(body.key)

    def settle(self, key: str) -> None:
        """Forget every deadline about `key`."""
        self._settled.add(key)
        self._deadlines = {name: timer for name, timer in self._deadlines.items() if timer[1].key != key}

    async def flush(self) -> None:
        """Write what was told and asked for; at most three statements however much it is."""
        if self._settled:
            await self.connection.execute(DELETE_DEADLINES, {"keys": sorted(self._settled)})
        if self._deadlines:
            await self.connection.execute(UPSERT_DEADLINES, _deadline_rows(self._deadlines))
        if self._outgoing:
            await self.connection.execute(INSERT_OUTBOX, outbox_rows(self._outgoing))
        self._settled.clear()
        self._deadlines.clear()
        self._outgoing.clear()

    def _envelope(self, body: Message, because: Envelope | None, message_id: str | None) -> Envelope:
        if message_id is None:
            cause = because.id if because is not None else str(uuid.uuid4())
            nth = self._told[cause] = self._told.get(cause, 0) + 1
            message_id = str(uuid.uuid5(NAMESPACE, f"{self.source}/{cause}/{nth}"))
        return Envelope(
            id=message_id,
            source=self.source,
            time=self.at,
            body=body,
            cause=because.id if because is not None else None,
            trace=because.trace if because is not None else {},
        )


async def unseen(connection: AsyncConnection, consumer: str, envelopes: Sequence[Envelope]) -> list[Envelope]:
    """Those of `envelopes` that `consumer` has not handled yet, each once, marked as handled in this transaction."""
    if not envelopes:
        return []
    rows = await connection.execute(
        INSERT_INBOX, {"consumer": consumer, "ids": [envelope.id for envelope in envelopes]}
    )
    fresh = {row.message_id for row in rows}
    first: list[Envelope] = []
    for envelope in envelopes:
        if envelope.id in fresh:
            fresh.discard(envelope.id)
            first.append(envelope)
    return first


def outgoing(topic: str, envelope: Envelope) -> Outgoing:
    """The record of an envelope. Raises `Permanent` when it is larger than a topic takes."""
    value = value_of(envelope)
    if len(value) > MAX_EVENT_BYTES:
        kind = envelope.body.type()
        raise Permanent(
            f"{kind} would be {len(value)} bytes; an event may have {MAX_EVENT_BYTES}. Make the template smaller."
        )
    return Outgoing(topic, envelope.body.key, headers_of(envelope), value)


def dump_headers(headers: Headers) -> str:
    """Headers as they stand in a table."""
    return json.dumps([(name, value.decode("latin-1")) for name, value in headers])


def load_headers(stored: str) -> list[tuple[str, bytes]]:
    """Headers from a table, as they go to Kafka."""
    return [(name, value.encode("latin-1")) for name, value in json.loads(stored)]


def outbox_rows(records: Iterable[Outgoing]) -> dict[str, list[object]]:
    """The columns for one insert of many outbox rows."""
    rows = list(records)
    return {
        "topics": [row.topic for row in rows],
        "keys": [row.key for row in rows],
        "headers": [dump_headers(row.headers) for row in rows],
        "bodies": [row.value for row in rows],
    }


def _deadline_rows(deadlines: dict[str, tuple[datetime, Outgoing]]) -> dict[str, list[object]]:
    return {
        "ids": list(deadlines),
        "dues": [due for due, _ in deadlines.values()],
        **outbox_rows(record for _, record in deadlines.values()),
    }
