from collections.abc import AsyncIterator

import pytest

from embedded.keys import Keys
from tests.component.gateway.door import Door, a_door


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """The issuer's: making them takes longer than a test."""
    return Keys(tmp_path_factory.mktemp("issuer") / "keys.json")


@pytest.fixture
async def door(postgres: str, keys: Keys) -> AsyncIterator[Door]:
    async with a_door(postgres, keys) as opened:
        yield opened
