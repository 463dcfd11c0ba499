"""A gateway's door, vault and custody on one clock, before an issuer that answers as it is told."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import text

from services.gateway.adapters.custody import PostgresGrants
from services.gateway.adapters.sealing import Sealer
from services.gateway.adapters.vault import SealedVault
from services.gateway.adapters.views import PostgresViews
from services.gateway.app.accept import Acceptance, Accepted
from services.gateway.app.change import Changes
from services.gateway.app.custody import Custody
from services.gateway.app.story import Chronicle
from services.gateway.domain.custody import Answer, Denied, Grant, Granted
from services.gateway.ports import Secret, Withheld
from shared.contracts.message import Message
from shared.contracts.vocabulary import CredentialRef, Principal
from shared.identity.caller import Caller
from shared.messaging.database import Database
from shared.messaging.transaction import Work, load_headers
from tests.support.builders import GROUP, ISSUER, NOON, a_request, an_envelope

HOUR = timedelta(hours=1)
OLD, NEW = b"o" * 32, b"n" * 32
GONE = Denied("Session not active.")


class Iam:
    """An issuer: what it answers next, and what it was shown."""

    def __init__(self, *, exchanges: bool = True) -> None:
        self.exchanges = exchanges
        self.answers: list[Answer] = []
        self.shown: list[str] = []
        self.before = asyncio.Event()
        self.before.set()
        self.asked = asyncio.Event()

    def serves(self, issuer: str) -> bool:
        return self.exchanges and issuer == ISSUER

    async def exchange(self, grant: Grant) -> Answer:
        return await self._next(grant.token)

    async def renew(self, grant: Grant) -> Answer:
        return await self._next(grant.refresh or "")

    async def _next(self, shown: str) -> Answer:
        self.shown.append(shown)
        self.asked.set()
        await self.before.wait()
        number = len(self.shown)
        fine = Granted(f"access-{number}", HOUR, f"refresh-{number}", (GROUP,))
        return self.answers.pop(0) if self.answers else fine


class World:
    """The gateway's door, its vault and its custody, on one clock."""

    def __init__(self, database: Database, iam: Iam, key: bytes = OLD) -> None:
        self.database, self.iam, self.now = database, iam, NOON
        self.sealer = Sealer([key])
        self.vault = SealedVault(self.sealer, frozenset({ISSUER} if iam.exchanges else ()))
        self.views = PostgresViews()
        self.custody = self.another_keeper()
        self.door = Acceptance(self.views, self.vault, database=database, clock=self.clock)
        self.changes = Changes(self.views, self.vault, database=database, clock=self.clock)

    def clock(self) -> datetime:
        return self.now

    def another_keeper(self) -> Custody:
        """A second gateway's."""
        return Custody(
            PostgresGrants(self.sealer), self.iam, database=self.database, clock=self.clock, luck=lambda: 0.5
        )

    async def accept(self, deployment: str, token: str = "first", **inputs: str) -> CredentialRef:
        """A request of ada's; the reference of its credential."""
        request = a_request(deployment)
        await self.door.deploy(Accepted(self.ada(token), request, inputs))
        return request.credential

    def ada(self, token: str = "first", *groups: str) -> Caller:
        """The owner, with a token that lives an hour from now."""
        return Caller(Principal(issuer=ISSUER, subject="ada"), groups or (GROUP,), self.now + HOUR, token)

    async def open(self, reference: CredentialRef) -> Secret | Withheld | None:
        """What a deployer gets."""
        async with self.database.transaction() as connection:
            return await self.vault.open(connection, reference, self.now)

    async def token(self, reference: CredentialRef) -> str:
        """The token that a deployer gets."""
        found = await self.open(reference)
        assert isinstance(found, Secret), found
        return found.token

    async def hear(self, *bodies: Message) -> None:
        """The gateway hears what a saga tells."""
        async with self.database.transaction() as connection:
            work = Work(connection, "gateway", self.now)
            chronicle = Chronicle(self.views, self.vault, lambda _: None)
            await chronicle.fold(work, [an_envelope(body) for body in bodies])

    async def told(self) -> list[tuple[str, str]]:
        """What was told about credentials, and of which deployment."""
        async with self.database.transaction() as connection:
            rows = await connection.execute(text("SELECT key, headers FROM outbox ORDER BY seq"))
            said = [(dict(load_headers(row.headers))["ce_type"].decode(), str(row.key)) for row in rows]
        return [(kind.rpartition(".")[2], about) for kind, about in said if "Credential" in kind]

    async def count(self, table: str) -> int:
        """How many rows a table has."""
        async with self.database.transaction() as connection:
            return int(await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)
