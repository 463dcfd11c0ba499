"""A bus in memory: what is published can be looked at, or refused on order."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.contracts.envelope import Envelope, Headers, headers_of, known_types, read, value_of
from shared.contracts.streams import STREAMS, Stream


@dataclass(frozen=True)
class Record:
    """A record as a consumer sees it."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]

    def envelope(self, *streams: Stream) -> Envelope | None:
        """The message in it."""
        return read(self.headers, self.value, known_types(*(streams or STREAMS)))

    def header(self, name: str) -> str:
        """The text of a header."""
        return dict(self.headers)[name].decode()


def record_of(envelope: Envelope, topic: str = "deployments") -> Record:
    """A message as it arrives."""
    headers: Headers = headers_of(envelope)
    return Record(topic, envelope.body.key.encode(), value_of(envelope), headers)


@dataclass
class MemoryBus:
    """Takes what a relay publishes. `refuse` says how many of the next records the broker will not take."""

    records: list[Record] = field(default_factory=list)
    refuse: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(
        self, topic: str, *, key: bytes, value: bytes | None, headers: Sequence[tuple[str, bytes]]
    ) -> "asyncio.Future[object]":
        """See `shared.messaging.relay.Publisher`."""
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self.asked.set()
        if self.refuse > 0:
            self.refuse -= 1
            future.set_exception(ConnectionError("the broker is away"))
        else:
            self.records.append(Record(topic, key, value, headers))
            future.set_result(None)
        return future

    def of(self, topic: str) -> list[Record]:
        """What was published on a topic, in order."""
        return [record for record in self.records if record.topic == topic]
