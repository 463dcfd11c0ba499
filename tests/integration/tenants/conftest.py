from collections.abc import AsyncIterator

import pytest

from embedded.keys import Keys
from tests.integration.tenants.people import Town, a_town


@pytest.fixture
async def town(postgres: str, keys: Keys) -> AsyncIterator[Town]:
    async with a_town(postgres, keys) as opened:
        yield opened
