"""`python -m services.gateway audit verify` says whether the chain holds, in words and in its exit code."""

import asyncio
import base64
import json
import uuid
from collections.abc import Generator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from typer.testing import CliRunner

from services.gateway.__main__ import app
from services.gateway.adapters.audit import PostgresBooks
from services.gateway.app.audit import Trail
from services.gateway.main import MIGRATIONS, SCHEMA
from shared.contracts.audit import Deed, Doing
from shared.messaging.database import Database
from shared.runtime.migrations import migrate
from tests.support.builders import NOON


@pytest.fixture
def environment(postgres: str) -> Generator[dict[str, str]]:
    """The settings of a gateway whose trail has two entries."""
    name = f"audited_{uuid.uuid4().hex[:12]}"
    asyncio.run(_execute(postgres, f'CREATE DATABASE "{name}"'))
    url = f"{postgres.rpartition('/')[0]}/{name}"
    asyncio.run(_two_entries(url))
    yield {
        "GATEWAY_DATABASE_URL": url,
        "GATEWAY_KAFKA": "127.0.0.1:9",
        "GATEWAY_PORT": "0",
        "GATEWAY_ISSUERS": json.dumps([{"issuer": "https://iam.example.org/", "audience": "corale"}]),
        "GATEWAY_SEALING_KEY": base64.b64encode(b"k" * 32).decode(),
    }
    asyncio.run(_execute(postgres, f'DROP DATABASE "{name}" WITH (FORCE)'))


def test_a_whole_chain_is_praised(environment: dict[str, str]) -> None:
    said = CliRunner().invoke(app, ["audit", "verify"], env=environment)

    assert (said.exit_code, said.stdout) == (0, "The chain holds: 2 entries.\n")


def test_the_first_broken_entry_is_named(environment: dict[str, str]) -> None:
    bend = f"""UPDATE {SCHEMA}.audit SET deed = jsonb_set(deed, '{{about}}', '"d-9"') WHERE seq = 2"""
    url = environment["GATEWAY_DATABASE_URL"]
    asyncio.run(_execute(url, f"ALTER TABLE {SCHEMA}.audit DISABLE TRIGGER ALL"))
    asyncio.run(_execute(url, bend))

    said = CliRunner().invoke(app, ["audit", "verify"], env=environment)

    assert (said.exit_code, said.stdout) == (
        1,
        "1 entries hold. BROKEN at 2: Entry 2 is not what it was when it was written.\n",
    )


def test_a_deployment_that_is_not_there_is_said_to_be_so(environment: dict[str, str]) -> None:
    said = CliRunner().invoke(app, ["audit", "verify", "--deployment", "d-1"], env=environment)

    assert said.exit_code == 1
    assert "There is no deployment d-1." in said.stdout


async def _two_entries(url: str) -> None:
    database = Database(url, SCHEMA)
    await migrate(database, MIGRATIONS)
    trail = Trail(PostgresBooks(), database=database, clock=lambda: NOON)
    await trail.write(Deed(at=NOON, doing=Doing.REVEAL, about="d-1"))
    await trail.write(Deed(at=NOON, doing=Doing.REVEAL, about="d-2"))
    await trail.settle()
    await database.close()


async def _execute(url: str, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()
