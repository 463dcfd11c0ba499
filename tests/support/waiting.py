"""Waiting for what one waits for, with a deadline. The only place where a test may sleep."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE = 0.02


async def eventually(look: Callable[[], Awaitable[T | None]], *, within: float = 10.0, what: str = "it") -> T:
    """The first true answer of `look`. Raises `AssertionError` when there was none `within` so many seconds."""
    deadline = time.monotonic() + within
    while True:
        if found := await look():
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {within} s; last seen: {found!r}")
        await asyncio.sleep(PAUSE)


def soon(look: Callable[[], T | None], *, within: float = 10.0, what: str = "it") -> T:
    """As `eventually`, for what is looked at without waiting."""
    deadline = time.monotonic() + within
    while True:
        if found := look():
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {within} s; last seen: {found!r}")
        time.sleep(PAUSE)


async def a_moment() -> None:
    """For a loop that carries things about: let the others go on."""
    await asyncio.sleep(PAUSE)
