"""The deployer's store."""

import pytest

from services.deployer.adapters.sagas import PostgresSagas
from services.deployer.main import MIGRATIONS
from shared.messaging.database import Database
from tests.support.builders import a_request
from tests.support.postgres import Migrated


@pytest.fixture
async def database(fresh: Migrated) -> Database:
    """The deployer's store, with the request of deployment d-1 in it."""
    database = await fresh(MIGRATIONS)
    async with database.transaction() as connection:
        await PostgresSagas().keep_requests(connection, [a_request("d-1")])
    return database
