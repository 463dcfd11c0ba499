"""The relay: what the outbox holds goes to Kafka, in order per key, at least once, and is then forgotten.

One relay per schema publishes at a time, by a session lock; the others stand by. Killed between publishing and
forgetting, it publishes again; readers have an inbox.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import asyncpg

from shared.messaging.database import Database, is_passing
from shared.messaging.gathering import moment
from shared.messaging.schema import OUTBOX_CHANNEL
from shared.messaging.transaction import load_headers

log = logging.getLogger(__name__)
BATCH = 1000
STANDBY = 1.0
LAST_WORDS = 3.0
FETCH = f"SELECT seq, topic, key, headers, value FROM outbox ORDER BY seq LIMIT {BATCH}"  # noqa: S608 - our constant
FORGET = "DELETE FROM outbox WHERE seq = ANY($1::bigint[])"
LOCK = "SELECT pg_try_advisory_lock(hashtext('corale relay'), hashtext(current_schema()))"


class Publisher(Protocol):
    """Where the relay publishes to."""

    async def send(
        self, topic: str, *, key: bytes, value: bytes | None, headers: Sequence[tuple[str, bytes]]
    ) -> asyncio.Future[object]:
        """Queue a record; the future is done once the broker has it, and fails if it will not."""
        ...


class Relay:
    """Publishes the outbox of one schema until cancelled."""

    def __init__(
        self, database: Database, publisher: Publisher, *, sent: Callable[[int], None] = lambda _: None
    ) -> None:
        """`sent` is told how many records each batch got through."""
        self._database = database
        self._publisher = publisher
        self._sent = sent
        self._wake = asyncio.Event()
        self._connection: asyncpg.Connection | None = None

    async def run(self) -> None:
        """Publish until cancelled; an absent database or broker is waited for."""
        while True:
            try:
                await self._serve()
            except Exception as problem:
                if not is_passing(problem) and not _is_bus(problem):
                    log.exception("the relay stumbled and starts again")
                else:
                    log.warning("the relay waits: %s", type(problem).__name__)
                await asyncio.sleep(STANDBY)
            finally:
                await self._hang_up()

    async def drain(self, connection: asyncpg.Connection) -> int:
        """Publish what stands in the outbox now, until it is empty; returns how many records the broker took."""
        total = 0
        while rows := await connection.fetch(FETCH):
            taken = await self._publish(rows)
            await connection.execute(FORGET, taken)
            self._sent(len(taken))
            total += len(taken)
            if len(taken) < len(rows):
                raise ConnectionError(f"the broker took {len(taken)} of {len(rows)} records")
            if len(rows) < BATCH:
                break
        return total

    async def _serve(self) -> None:
        connection = self._connection = await self._database.raw_connection()
        await connection.add_listener(OUTBOX_CHANNEL, self._notified)
        while not await connection.fetchval(LOCK):  # noqa: ASYNC110 - another process holds it; no event reaches us
            await asyncio.sleep(STANDBY)
        try:
            while True:
                self._wake.clear()
                await asyncio.sleep(moment(await self.drain(connection)))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(STANDBY):
                        await self._wake.wait()
        except asyncio.CancelledError:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(LAST_WORDS):
                    await self.drain(connection)
            raise

    async def _publish(self, rows: Sequence[asyncpg.Record]) -> list[int]:
        """Send all, then wait for all. Of a key whose record failed, no later record counts as taken: order first."""
        sent = [
            await self._publisher.send(
                row["topic"], key=row["key"].encode(), value=row["value"], headers=load_headers(row["headers"])
            )
            for row in rows
        ]
        results = await asyncio.gather(*sent, return_exceptions=True)
        held: set[tuple[str, str]] = set()
        taken: list[int] = []
        for row, result in zip(rows, results, strict=True):
            stream = (row["topic"], row["key"])
            if isinstance(result, BaseException):
                held.add(stream)
                log.warning("the broker refused a record of %s: %s", row["topic"], type(result).__name__)
            elif stream not in held:
                taken.append(row["seq"])
        return taken

    def _notified(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        if payload == self._database.schema:
            self._wake.set()

    async def _hang_up(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(Exception):
                await self._connection.close(timeout=2)
            self._connection = None


def _is_bus(problem: BaseException) -> bool:
    return type(problem).__module__.startswith("aiokafka")
