"""Reading IM's answers: states, fields, ids, and asking about many things a few at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.deployer.backends.im.client import Answer
from services.deployer.backends.im.machines import Machine, machine
from shared.contracts.topology import Json
from shared.failures import Transient

AT_ONCE = 8
"""How many questions about one trial are under way at the same time."""

T = TypeVar("T")


async def each(items: list[str], ask: Callable[[str], Awaitable[T]]) -> list[T]:
    """Ask about every item, a few at a time; answers come in the order of the items."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(item: str) -> T:
        async with room:
            return await ask(item)

    return await asyncio.gather(*(one(item) for item in items))


async def each_machine(numbers: list[str], ask: Callable[[str], Awaitable[Answer]]) -> list[Machine]:
    """The machines with these numbers, without those that have vanished meanwhile."""
    answers = await each(numbers, ask)
    return [
        machine(number, field(answer.body, "radl"))
        for number, answer in zip(numbers, answers, strict=True)
        if answer.ok
    ]


def created_id(answer: Answer) -> str:
    """The id of a new infrastructure. Raises `Transient`."""
    identifier = answer.infrastructure or last_part(str(field(answer.body, "uri") or ""))
    if not identifier:
        raise Transient("The Infrastructure Manager did not say what it has created.")
    return identifier


def states_of(body: Json) -> tuple[str, dict[str, str]]:
    """The state of the infrastructure (the worst of its machines), and of each machine by its number."""
    state = field(body, "state")
    return str(field(state, "state")), {str(vm): str(of) for vm, of in (field(state, "vm_states") or {}).items()}


def field(body: Json, key: str) -> Json:
    """A field of what may be an object."""
    return body.get(key) if isinstance(body, dict) else None


def last_part(uri: str) -> str:
    """The id at the end of an address."""
    return uri.rstrip("/").rsplit("/", 1)[-1]
