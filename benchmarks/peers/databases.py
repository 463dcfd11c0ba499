"""An empty database for each peer on the server that we use too."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """The URL of a new database; it is dropped in the end, whoever may still be connected."""
    name = sql.Identifier(database := f"bench_{secrets.token_hex(4)}")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(name))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{database}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(name))
