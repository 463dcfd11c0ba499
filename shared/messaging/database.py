"""One service's door to PostgreSQL: its engine, and what counts as "the database is not there right now"."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

PASSING = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.InterfaceError,
    asyncpg.QueryCanceledError,
)

BY_INDEX = {"enable_seqscan": "off", "jit": "off"}
"""Everything is asked for by index. The planner does not know how many keys a batch has, and a young table has no
statistics yet: it would read the table whole, again and again, for some dozens of rows."""


class Database:
    """The schema of one service. Transactions are short and never span a call to anybody else."""

    def __init__(self, url: str, schema: str, *, pool: int = 8) -> None:
        """`url` is a SQLAlchemy one (`postgresql+asyncpg://…`); nothing is opened yet."""
        self.schema = schema
        self._url = make_url(url)
        self.engine: AsyncEngine = create_async_engine(
            self._url,
            pool_size=pool,
            max_overflow=0,
            pool_timeout=5,
            hide_parameters=True,  # an error must not show what a statement was given
            connect_args={
                "timeout": 5,
                "server_settings": {**BY_INDEX, "search_path": schema, "application_name": schema},
            },
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits when the block ends well."""
        async with self.engine.begin() as connection:
            yield connection

    async def ping(self) -> None:
        """Raise unless the server answers."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def raw_connection(self) -> asyncpg.Connection:
        """A connection of its own outside the pool, for LISTEN and session locks. The caller closes it."""
        return await asyncpg.connect(
            host=self._url.host,
            port=self._url.port,
            user=self._url.username,
            password=self._url.password,
            database=self._url.database,
            timeout=5,
            server_settings={"search_path": self.schema, "application_name": f"{self.schema} relay"},
        )

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def is_passing(problem: BaseException) -> bool:
    """Whether trying the same transaction again later can help."""
    if isinstance(problem, DBAPIError):
        cause = problem.orig.__cause__ if problem.orig is not None else None
        return problem.connection_invalidated or isinstance(cause, (*PASSING, OSError))
    return isinstance(problem, (*PASSING, OSError, TimeoutError))
