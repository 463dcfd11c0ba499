"""What is asked about the projects of a service, and what comes of it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from services.monitoring.adapters.reading.access import Login
from shared.contracts.sites import ProjectUsage
from shared.failures import Transient

A = TypeVar("A")
B = TypeVar("B")
AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """Where, as whom, about which projects (ids or names; none: all that we see), until when on the loop's clock."""

    url: str
    login: Login = field(repr=False)
    projects: tuple[str, ...]
    deadline: float
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """The projects that were counted, and what was not and why."""

    projects: tuple[ProjectUsage, ...]
    problems: Sequence[str] = ()

    @property
    def missing(self) -> str:
        """The problems as text."""
        return "; ".join(dict.fromkeys(self.problems))


async def each(things: Iterable[A], ask: Callable[[A], Awaitable[B]], deadline: float) -> list[B | Transient]:
    """The answer about each, a few at a time; those that did not come in time or at all are their problem."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(thing: A) -> B | Transient:
        try:
            async with asyncio.timeout_at(deadline), room:
                return await ask(thing)
        except TimeoutError:
            return Transient("there was no time for all of them")
        except Transient as problem:
            return problem

    return list(await asyncio.gather(*map(one, things)))
