"""Long work goes on with what a real OpenID provider gives in exchange, and stops when it gives nothing more."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text

from services.gateway.adapters.custody import PostgresGrants
from services.gateway.adapters.exchange import OidcExchange
from services.gateway.adapters.sealing import Sealer
from services.gateway.adapters.vault import SealedVault
from services.gateway.adapters.views import PostgresViews
from services.gateway.app.accept import Acceptance, Accepted
from services.gateway.app.custody import Custody
from services.gateway.main import MIGRATIONS
from services.gateway.ports import Secret, Withheld
from shared.contracts.vocabulary import CredentialRef
from shared.identity.caller import Caller
from shared.identity.claims import peek
from shared.identity.oidc import OidcIdentities
from shared.messaging.database import Database
from shared.messaging.transaction import load_headers
from tests.integration.identity.provider import Provider
from tests.support.builders import a_request
from tests.support.postgres import Migrated

HALF = timedelta(seconds=160)
"""A little more than half of what the providers' tokens live."""


class Work:
    """A gateway's door, vault and custody, of which one provider's users ask for things."""

    def __init__(self, provider: Provider, database: Database, client: httpx.AsyncClient) -> None:
        self.provider, self.later = provider, timedelta(0)
        issuers, sealer = [provider.trusted], Sealer([b"k" * 32])
        self.identities = OidcIdentities(issuers, client)
        self.database = database
        self.vault = SealedVault(sealer, frozenset({provider.trusted.issuer}))
        exchange = OidcExchange([provider.exchange], issuers, self.identities, client)
        self.custody = Custody(PostgresGrants(sealer), exchange, database=database, clock=self.now, luck=lambda: 0.5)
        self.door = Acceptance(PostgresViews(), self.vault, database=database, clock=self.now)

    def now(self) -> datetime:
        """The time here; the provider's is the real one."""
        return datetime.now(UTC) + self.later

    async def login(self) -> Caller:
        """Alice, just logged in."""
        return await self.identities.caller(self.provider.login("alice")["access_token"])

    async def ask(self, deployment: str, caller: Caller) -> CredentialRef:
        """The reference of the credential of what alice asks for."""
        request = a_request(deployment, group=self.provider.group).model_copy(update={"owner": caller.principal})
        await self.door.deploy(Accepted(caller, request))
        return request.credential

    async def open(self, reference: CredentialRef) -> Secret | Withheld | None:
        """What a deployer gets."""
        async with self.database.transaction() as connection:
            return await self.vault.open(connection, reference, self.now())

    async def claims(self, reference: CredentialRef) -> dict[str, object]:
        """What the token says that a deployer gets."""
        found = await self.open(reference)
        assert isinstance(found, Secret), found
        return dict(peek(found.token)[1])

    async def told(self) -> list[str]:
        """What was told about credentials."""
        async with self.database.transaction() as connection:
            rows = await connection.execute(text("SELECT headers FROM outbox ORDER BY seq"))
            said = [dict(load_headers(row.headers))["ce_type"].decode() for row in rows]
        return [kind for kind in said if "Credential" in kind]


@pytest.fixture
async def work(provider: Provider, fresh: Migrated) -> AsyncGenerator[Work]:
    """See `Work`."""
    async with httpx.AsyncClient(timeout=3, trust_env=False) as client:
        yield Work(provider, await fresh(MIGRATIONS), client)


async def test_the_owners_token_becomes_one_for_the_backend_alone(work: Work) -> None:
    alice = await work.login()
    reference = await work.ask("d-1", alice)
    await work.custody.round()

    claims = await work.claims(reference)

    assert claims["aud"] == "backend"
    assert claims["sub"] == alice.principal.subject
    assert await work.told() == []


async def test_it_is_renewed_again_and_again(work: Work) -> None:
    reference = await work.ask("d-1", await work.login())
    seen = set()
    for _ in range(3):
        await work.custody.round()
        seen.add((await work.claims(reference))["jti"])
        work.later += HALF

    assert len(seen) == 3
    assert await work.told() == []


async def test_a_revocation_in_the_middle_stops_it_and_a_login_lets_it_go_on(work: Work) -> None:
    reference = await work.ask("d-1", await work.login())
    await work.custody.round()
    work.provider.fate.throw_out("alice")
    work.later += HALF

    await work.custody.round()
    await work.custody.round()
    stopped, told = await work.open(reference), await work.told()
    await work.custody.welcome(await work.login())
    await work.custody.round()

    assert isinstance(stopped, Withheld)
    assert not stopped.for_now
    assert told == ["CredentialLost"]
    assert await work.told() == ["CredentialLost", "CredentialRestored"]
    assert (await work.claims(reference))["aud"] == "backend"


async def test_a_provider_that_is_away_for_a_while_stops_nothing(work: Work) -> None:
    reference = await work.ask("d-1", await work.login())
    await work.custody.round()
    first = (await work.claims(reference))["jti"]
    work.later += HALF
    work.provider.fate.away(away=True)
    try:
        await work.custody.round()
        assert (await work.claims(reference))["jti"] == first
    finally:
        work.provider.fate.away(away=False)
    work.later += timedelta(seconds=10)
    await work.custody.round()

    assert (await work.claims(reference))["jti"] != first
    assert await work.told() == []


async def test_who_has_left_the_group_can_no_longer_work_for_it(work: Work) -> None:
    reference = await work.ask("d-1", await work.login())
    await work.custody.round()
    work.provider.fate.leave("alice", work.provider.group)
    try:
        work.later += HALF
        await work.custody.round()
    finally:
        work.provider.fate.join("alice", work.provider.group)

    lost = await work.open(reference)
    assert isinstance(lost, Withheld)
    assert work.provider.group in lost.sentence
    assert await work.told() == ["CredentialLost"]
