"""The course of a probe: clear, create, run, delete. What cannot be removed has our mark; the next round removes it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

from services.monitoring.adapters.lifecycle.web import Trouble
from services.monitoring.ports import Sight, Step
from shared.failures import Transient

REFUSED = (401, 403)
T = TypeVar("T")


class Made(NamedTuple):
    """A thing that was created, and the HTTP code of the answer."""

    thing: str
    status: int


class State(NamedTuple):
    """How a thing is doing: it works, it never will (`False`), or it is under way (`None`)."""

    works: bool | None
    status: int
    sentence: str = ""


class Remote(Protocol):
    """A service as a probe handles it. Every method raises `Trouble` when it is not told what it asks."""

    async def open(self) -> None:
        """Log in and find out what is needed."""
        ...

    async def left(self) -> list[str]:
        """Everything there that carries our mark."""
        ...

    async def create(self) -> Made:
        """Make one small thing with our mark."""
        ...

    async def look(self, thing: str) -> State:
        """How the thing is doing."""
        ...

    async def delete(self, thing: str) -> int:
        """Begin to remove it; returns the HTTP code. That it is gone already is fine."""
        ...

    async def there(self, thing: str) -> bool:
        """Whether it still exists."""
        ...


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: until the thing must work, until it must be gone, and between two looks at it."""

    limit: float = 90
    clean: float = 60
    poll: float = 3


class _Failed(Exception):
    """A step failed; the text is its sentence."""


async def prove(remote: Remote, timing: Timing, source: str) -> Sight:
    """Go through all of it. Raises `Transient` when we are not let in: that says nothing of the service."""
    return await _Course(remote, timing).go(source)


class _Course:
    def __init__(self, remote: Remote, timing: Timing) -> None:
        self._remote = remote
        self._timing = timing
        self._steps: list[Step] = []
        self._made: list[str] = []

    async def go(self, source: str) -> Sight:
        try:
            await self._clear()
            await self._work()
            sentence = "What was created worked and is gone again."
        except _Failed as problem:
            sentence = str(problem)
        well = bool(self._steps) and all(step.well for step in self._steps)
        return Sight(well, sentence, source=source, steps=tuple(self._steps))

    async def _clear(self) -> None:
        """Remove what a probe that died has left; where that fails nothing more is made."""
        try:
            with _sense():
                await self._remote.open()
                left = await self._remote.left()
        except Trouble as problem:
            if problem.status in REFUSED:
                raise Transient(f"our account is not let in: {problem}") from problem
            self._steps.append(Step("create", well=False, status=problem.status))
            raise _Failed(f"Nothing can be created: {problem}") from problem
        if left:
            await self._step("clear", lambda: self._remove(left), "What an earlier probe left cannot be removed")

    async def _work(self) -> None:
        try:
            made = await self._step("create", self._create, "It could not be created")
            await self._step("run", lambda: self._run(made), "What was created does not work")
        finally:
            await self._clean()

    async def _clean(self) -> None:
        """Remove whatever carries our mark, known to us or not: the answer to a creation may have been lost."""
        gone = "What was created is not gone and will be removed next time"
        try:
            with _sense():
                things = sorted({*await self._remote.left(), *self._made})
        except Trouble as problem:
            self._steps.append(Step("delete", well=False, status=problem.status))
            raise _Failed(f"{gone}: {problem}") from problem
        if things:
            await self._step("delete", lambda: self._remove(things), gone)

    async def _step(self, name: str, act: Callable[[], Awaitable[tuple[T, int]]], sentence: str) -> T:
        began = time.perf_counter()
        try:
            with _sense():
                outcome, status = await act()
        except Trouble as problem:
            self._steps.append(Step(name, well=False, status=problem.status))
            raise _Failed(f"{sentence}: {problem}") from problem
        milliseconds = round((time.perf_counter() - began) * 1000, 3)
        self._steps.append(Step(name, well=True, status=status, milliseconds=milliseconds))
        return outcome

    async def _create(self) -> tuple[str, int]:
        async with _limit(self._timing.limit, "not even created"):
            made = await self._remote.create()
        self._made.append(made.thing)
        return made.thing, made.status

    async def _run(self, thing: str) -> tuple[None, int]:
        async with _limit(self._timing.limit, "still not ready"):
            while True:
                state = await self._remote.look(thing)
                if state.works is False:
                    raise Trouble(state.sentence or "It failed.", state.status)
                if state.works:
                    return None, state.status
                await asyncio.sleep(self._timing.poll)

    async def _remove(self, things: list[str]) -> tuple[None, int]:
        status = 200
        async with _limit(self._timing.clean, "still there"):
            for thing in things:
                status = await self._remote.delete(thing)
            for thing in things:
                await self._gone(thing)
        return None, status

    async def _gone(self, thing: str) -> None:
        while True:
            if not await self._remote.there(thing):
                return
            await asyncio.sleep(self._timing.poll)


@contextlib.asynccontextmanager
async def _limit(seconds: float, what: str) -> AsyncIterator[None]:
    """Raises `Trouble` for what takes longer than so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise Trouble(f"It is {what} after {seconds:g} s.") from None


@contextlib.contextmanager
def _sense() -> Iterator[None]:
    """Raises `Trouble` for an answer that is not what it should be: services are only read here, never trusted."""
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError) as problem:
        raise Trouble(f"The answer makes no sense to us ({type(problem).__name__}).") from problem
