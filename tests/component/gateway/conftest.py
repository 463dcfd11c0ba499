from collections.abc import AsyncIterator

import pytest

from embedded.keys import Keys
from services.gateway.main import MIGRATIONS
from shared.messaging.database import Database
from tests.component.gateway.custody_world import Iam, World
from tests.component.gateway.door import Door, a_door
from tests.support.postgres import Migrated


@pytest.fixture
async def door(postgres: str, keys: Keys) -> AsyncIterator[Door]:
    async with a_door(postgres, keys) as opened:
        yield opened


@pytest.fixture
async def database(fresh: Migrated) -> Database:
    """The gateway's store."""
    return await fresh(MIGRATIONS)


@pytest.fixture
def world(database: Database) -> World:
    """A gateway whose issuer exchanges tokens."""
    return World(database, Iam())


@pytest.fixture
def plain(database: Database) -> World:
    """A gateway whose issuer does not."""
    return World(database, Iam(exchanges=False))
