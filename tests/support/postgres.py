"""A real PostgreSQL, and a fresh schema for every test that asks for one."""

import uuid
from collections.abc import AsyncGenerator, Generator, Sequence
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from embedded.places import Places, places
from embedded.system import System
from shared.messaging.database import Database
from shared.messaging.schema import PLUMBING_1
from shared.runtime.migrations import migrate


class Migrated(Protocol):
    """Makes a fresh schema and brings it to the newest of a folder of migrations."""

    async def __call__(self, migrations: Path | None = None) -> Database:
        """The database; without migrations it has the tables of the plumbing."""
        ...


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The URL of a PostgreSQL that lives as long as the tests run."""
    here = Places(var=tmp_path_factory.mktemp("component") / "var", cache=places().cache)
    with System(here, usual_ports=False, temporary=True, say=lambda _: None) as system:
        url = system.postgres()
        system.wait_ready()
        yield url.replace("postgresql:", "postgresql+asyncpg:")


@pytest.fixture
async def fresh(postgres: str) -> AsyncGenerator[Migrated]:
    """See `Migrated`. Schemas are dropped after the test."""
    made: list[Database] = []

    async def make(migrations: Path | None = None) -> Database:
        database = Database(postgres, f"t{uuid.uuid4().hex[:12]}")
        made.append(database)
        if migrations is not None:
            await migrate(database, migrations)
            return database
        await _execute(postgres, [f'CREATE SCHEMA "{database.schema}"'])
        async with database.transaction() as connection:
            for statement in PLUMBING_1:
                await connection.execute(text(statement))
        return database

    yield make
    for database in made:
        await database.close()
    await _execute(postgres, [f'DROP SCHEMA IF EXISTS "{database.schema}" CASCADE' for database in made])


async def _execute(url: str, statements: Sequence[str]) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()
