"""From a proved caller to a person of the domain."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request

from services.slam.domain.rights import Person
from shared.identity.caller import Caller

Who = Callable[[Request], Awaitable[Caller]]
Acting = Callable[..., Awaitable[Person]]


def acting(who: Who) -> Acting:
    """A dependency that gives the person who calls; answers 401 and 503 as `who` does."""

    async def person(caller: Annotated[Caller, Depends(who)]) -> Person:
        return Person(caller.principal, frozenset(caller.groups), caller.admin)

    return person
