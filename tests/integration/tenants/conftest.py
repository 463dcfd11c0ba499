from collections.abc import AsyncIterator

import pytest

from embedded.keys import Keys
from tests.integration.tenants.people import Town, a_town


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """The issuers'."""
    return Keys(tmp_path_factory.mktemp("issuers") / "keys.json")


@pytest.fixture
async def town(postgres: str, keys: Keys) -> AsyncIterator[Town]:
    async with a_town(postgres, keys) as opened:
        yield opened
