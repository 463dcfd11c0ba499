"""Alembic without its ini file: each service brings a folder of migrations, run at its start under a lock."""

from collections.abc import Sequence
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from shared.messaging.database import Database


async def migrate(database: Database, folder: Path) -> None:
    """Bring the schema of `database` to the newest version in `folder`, creating the schema if it is not there."""
    async with database.transaction() as connection:
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtext('corale migrations'), hashtext(:schema))"),
            {"schema": database.schema},
        )
        there = await connection.scalar(
            text("SELECT 1 FROM pg_namespace WHERE nspname = :schema"), {"schema": database.schema}
        )
        if not there:
            await connection.execute(text(f'CREATE SCHEMA "{database.schema}"'))
        await connection.run_sync(_upgrade, folder, database.schema)


def _upgrade(connection: Connection, folder: Path, schema: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(folder))
    script = ScriptDirectory.from_config(config)

    def to_head(revision: Sequence[str], _context: MigrationContext) -> object:
        return script._upgrade_revs("head", revision)  # type: ignore[arg-type]  # noqa: SLF001 - Alembic's own recipe for running inside a program

    with EnvironmentContext(config, script, fn=to_head) as environment:
        environment.configure(connection=connection, version_table_schema=schema)
        environment.run_migrations()
