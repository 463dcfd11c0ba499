"""Asks for deployments and waits for their end, so many in flight: a process of its own, like any user's client.

Run as `python -m benchmarks.saga.asker --gateway URL --kafka HOST:PORT --sagas N --in-flight M`, with `ASKER_TOKEN`.
"""

import asyncio
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
import uvloop

from benchmarks.measured import Told, percentile
from benchmarks.player import perform
from benchmarks.saga.watch import Watch
from benchmarks.saga.wire import Line

TEMPLATE = Path(__file__).parent / "template.yaml"
_LEAST_WARM_UP = 20
_WARM_UP_SHARE = 0.3


class Asker:
    """Keeps `in_flight` deployments going until `sagas` have come to their end."""

    def __init__(self, gateway: str, kafka: str, token: str, in_flight: int) -> None:
        """Nothing is opened until the first round."""
        place = urlsplit(gateway)
        head = (
            f"POST /deployments HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json"
        ).encode()
        self._lines = [Line(place.hostname or "", place.port or 80, head) for _ in range(in_flight)]
        self._watch = Watch(kafka)
        self._body = json.dumps({"template": TEMPLATE.read_text(), "parameters": {}, "userGroup": "users"}).encode()

    async def open(self) -> None:
        """Listen to the topic."""
        await self._watch.start()

    async def round(self, sagas: int) -> Told:
        """Ask for so many, and time each one from before its POST to its end on the topic."""
        turns = iter(range(sagas))
        asked: dict[str, float] = {}
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for line in self._lines:
                group.create_task(self._ask(line, turns, asked))
        latencies = [(self._watch.ends[deployment][0] - at) * 1000 for deployment, at in asked.items()]
        return Told(
            sagas=sagas,
            compensated=self._watch.tried_twice(asked),
            seconds=max(self._watch.ends[deployment][0] for deployment in asked) - began,
            p50_ms=percentile(latencies, 0.5),
            p99_ms=percentile(latencies, 0.99),
        )

    async def close(self) -> None:
        """Hang up."""
        for line in self._lines:
            line.close()
        await self._watch.stop()

    async def _ask(self, line: Line, turns: Iterator[int], asked: dict[str, float]) -> None:
        for _ in turns:
            at = time.perf_counter()
            deployment = str(json.loads(await line.post(self._body))["uuid"])
            asked[deployment] = at
            await self._watch.end_of(deployment)


def main(
    gateway: Annotated[str, typer.Option()],
    kafka: Annotated[str, typer.Option()],
    sagas: Annotated[int, typer.Option()] = 1000,
    in_flight: Annotated[int, typer.Option()] = 16,
) -> None:
    """Warm up, wait for the cue, measure."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        asker = Asker(gateway, kafka, os.environ["ASKER_TOKEN"], in_flight)
        runner.run(asker.open())
        runner.run(asker.round(max(_LEAST_WARM_UP, int(sagas * _WARM_UP_SHARE))))
        perform(lambda: runner.run(asker.round(sagas)))
        runner.run(asker.close())


if __name__ == "__main__":
    typer.run(main)
