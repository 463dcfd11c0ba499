from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from embedded.keys import Keys
from tests.component.gateway.door import Door, a_door, serving


@dataclass
class Served:
    """A gateway that clients reach over the network."""

    door: Door
    url: str


@pytest.fixture
async def served(postgres: str, keys: Keys) -> AsyncIterator[Served]:
    async with a_door(postgres, keys) as door, serving(door.app) as url:
        yield Served(door, url)
