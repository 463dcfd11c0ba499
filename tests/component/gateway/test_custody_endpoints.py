"""Only a deployer that proves its name gets tokens, and each opening is told to whoever keeps count."""

from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import OKPKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.adapters.custody import PostgresGrants
from services.gateway.adapters.sealing import Sealer
from services.gateway.adapters.sitevault_sealed import SealedSites
from services.gateway.adapters.vault import SealedVault
from services.gateway.api.credentials import site_credential_routes
from services.gateway.api.vault import Opening, Vaults, greeting, vault_routes
from services.gateway.app.custody import Custody
from services.gateway.domain.custody import Answer, Grant, Granted
from services.gateway.main import MIGRATIONS
from services.gateway.ports import Kept, Secret
from shared.contracts.between import INTERNAL_AUDIENCE
from shared.contracts.vocabulary import CredentialRef, DeploymentId, Principal
from shared.failures import Permanent, Transient
from shared.identity.caller import Caller
from shared.identity.http import who_calls
from shared.identity.services import ServiceIdentities
from shared.messaging.database import Database
from shared.runtime.errors import install_error_shape
from tests.support.builders import GROUP, ISSUER
from tests.support.postgres import Migrated

KEYS = {name: OKPKey.generate_key("Ed25519") for name in ("deployer", "monitoring", "mallory")}
IN_AN_HOUR = datetime.now(UTC) + timedelta(hours=1)


def identity(service: str, audience: str = INTERNAL_AUDIENCE, key: str | None = None, *, ends: int = 60) -> str:
    """What a service shows."""
    claims = {"iss": service, "sub": service, "aud": audience, "exp": datetime.now(UTC).timestamp() + ends}
    return jwt.encode({"alg": "Ed25519"}, claims, KEYS[key or service], algorithms=["Ed25519"])


class People:
    """Whoever shows a name is that."""

    async def caller(self, token: str) -> Caller:
        if token == "away":
            raise Transient("The issuer is away.")
        if token == "nobody":
            raise Permanent("The token proves nothing.")
        return Caller(Principal(issuer=ISSUER, subject=token.partition("-")[0]), (GROUP,), IN_AN_HOUR, token)


class Iam:
    """An issuer that gives whatever is asked for."""

    def serves(self, issuer: str) -> bool:
        return issuer == ISSUER

    async def exchange(self, grant: Grant) -> Answer:
        return Granted(f"exchanged for {grant.token}", timedelta(hours=1), "refresh")

    async def renew(self, grant: Grant) -> Answer:
        return Granted("renewed", timedelta(hours=1))


class Gateway(NamedTuple):
    """The routes, what is behind them, and what was opened."""

    client: httpx.AsyncClient
    database: Database
    vault: SealedVault
    custody: Custody
    openings: list[Opening]

    async def keep(self, reference: str, token: str = "ada") -> None:
        """Somebody asked for something."""
        caller = await People().caller(token)
        kept = Kept(CredentialRef(reference), caller, {"pw": "s3cret"}, DeploymentId("d-1"), GROUP, renews=True)
        async with self.database.transaction() as connection:
            await self.vault.keep(connection, [kept], datetime.now(UTC))

    async def trade(self, reference: str, shown: str, **asked: str) -> tuple[int, Mapping[str, object]]:
        """What the internal endpoint answers to a service."""
        headers = {"authorization": f"Bearer {shown}"}
        answer = await self.client.post(f"/internal/credentials/{reference}", headers=headers, params=asked)
        return answer.status_code, answer.json()


@pytest.fixture
async def gateway(fresh: Migrated) -> AsyncGenerator[Gateway]:
    """See `Gateway`."""
    database, sealer = await fresh(MIGRATIONS), Sealer([b"k" * 32])
    vault, sites = SealedVault(sealer, frozenset({ISSUER})), SealedSites(sealer, database)
    openings: list[Opening] = []

    async def record(connection: AsyncConnection, opening: Opening) -> None:
        await connection.execute(text("SELECT 1"))
        openings.append(opening)

    def clock() -> datetime:
        return datetime.now(UTC)

    custody = Custody(PostgresGrants(sealer), Iam(), database=database, clock=clock, luck=lambda: 0.5)
    public = {
        name: {part: str(KEYS[name].as_dict(private=False)[part]) for part in ("kty", "crv", "x")}
        for name in ("deployer", "monitoring")
    }
    app = FastAPI()
    install_error_shape(app)
    services = ServiceIdentities(public, INTERNAL_AUDIENCE)
    app.include_router(vault_routes(services, Vaults(vault, sites), database, clock, record))
    app.include_router(site_credential_routes(greeting(who_calls(People()), custody), sites, clock))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield Gateway(client, database, vault, custody, openings)


async def test_a_deployer_gets_what_the_token_was_exchanged_for(gateway: Gateway) -> None:
    await gateway.keep("ref")
    too_early, _ = await gateway.trade("ref", identity("deployer"))
    await gateway.custody.round()

    status, body = await gateway.trade("ref", identity("deployer"))

    assert too_early == 503
    assert (status, body) == (200, {"token": "exchanged for ada", "secret_inputs": {"pw": "s3cret"}, "site": {}})


async def test_nobody_else_gets_anything(gateway: Gateway) -> None:
    await gateway.keep("ref")
    await gateway.custody.round()

    for shown, expected in (
        (identity("monitoring"), 403),
        (identity("deployer", key="mallory"), 401),
        (identity("mallory"), 401),
        (identity("deployer", audience="elsewhere"), 401),
        (identity("deployer", ends=-1), 401),
        ("ada", 401),
    ):
        status, body = await gateway.trade("ref", shown)
        assert status == expected
        assert "exchanged" not in str(body)
    assert gateway.openings == []


async def test_unknown_and_gone_are_two_answers_and_each_opening_is_told(gateway: Gateway) -> None:
    await gateway.keep("ref")
    await gateway.custody.round()
    await gateway.trade("ref", identity("deployer"))
    unknown, _ = await gateway.trade("another", identity("deployer"))
    async with gateway.database.transaction() as connection:
        await connection.execute(text("UPDATE grants SET state = 'lost', why = 'Session not active.'"))
    gone, body = await gateway.trade("ref", identity("deployer"))

    assert (unknown, gone) == (404, 410)
    assert body["message"] == "Session not active."
    assert [(told.service, told.reference, isinstance(told.found, Secret)) for told in gateway.openings] == [
        ("deployer", "ref", True),
        ("deployer", "another", False),
        ("deployer", "ref", False),
    ]
    assert "exchanged" not in repr(gateway.openings)


async def test_what_a_user_has_at_a_site_goes_with_the_token_and_is_shown_to_nobody(gateway: Gateway) -> None:
    await gateway.keep("ref")
    await gateway.custody.round()
    ada = {"authorization": "Bearer ada"}
    body = {"username": "AK", "password": "canary-password"}

    put = await gateway.client.put("/site-credentials/aws", json=body, headers=ada)
    names = await gateway.client.get("/site-credentials", headers=ada)
    others = await gateway.client.get("/site-credentials", headers={"authorization": "Bearer bob"})
    _, with_site = await gateway.trade("ref", identity("deployer"), service="aws")
    _, elsewhere = await gateway.trade("ref", identity("deployer"), service="azure")
    foreign = await gateway.client.delete("/site-credentials/aws", headers={"authorization": "Bearer bob"})
    gone = await gateway.client.delete("/site-credentials/aws", headers=ada)
    again = await gateway.client.delete("/site-credentials/aws", headers=ada)

    assert put.status_code == 204
    assert [one["service"] for one in names.json()["content"]] == ["aws"]
    assert "canary" not in names.text
    assert others.json() == {"content": []}
    assert (with_site["site"], elsewhere["site"]) == (body, {})
    assert (foreign.status_code, gone.status_code, again.status_code) == (404, 204, 404)


@pytest.mark.parametrize(
    "body",
    [
        {"username": "canary"},
        {"username": "", "password": "canary"},
        {"username": "a", "password": "canary", "more": "canary"},
        {"username": "a", "password": "canary" * 1000},
        {"username": "a", "password": ["canary"]},
    ],
)
async def test_a_site_credential_that_is_none_is_refused_without_being_repeated(
    gateway: Gateway, body: Mapping[str, object]
) -> None:
    ada = {"authorization": "Bearer ada"}
    answer = await gateway.client.put("/site-credentials/aws", json=body, headers=ada)

    assert answer.status_code in (400, 422)
    assert "canary" not in answer.text


async def test_a_site_credential_is_for_a_group_of_ones_own(gateway: Gateway) -> None:
    body = {"username": "a", "password": "p"}
    ada = {"authorization": "Bearer ada"}

    of_others = await gateway.client.put("/site-credentials/aws?userGroup=theirs", json=body, headers=ada)
    own = await gateway.client.put(f"/site-credentials/aws?userGroup={GROUP}", json=body, headers=ada)

    assert (of_others.status_code, own.status_code) == (403, 204)


@pytest.mark.parametrize(("shown", "expected"), [("nobody", 401), ("away", 503)])
async def test_who_proves_nothing_is_not_greeted(gateway: Gateway, shown: str, expected: int) -> None:
    answer = await gateway.client.get("/site-credentials", headers={"authorization": f"Bearer {shown}"})

    assert answer.status_code == expected


async def test_whoever_looks_at_anything_is_greeted(gateway: Gateway) -> None:
    await gateway.keep("ref")
    async with gateway.database.transaction() as connection:
        await connection.execute(text("UPDATE grants SET state = 'lost', due_at = NULL"))

    await gateway.client.get("/site-credentials", headers={"authorization": "Bearer ada-again"})
    await gateway.custody.round()

    status, body = await gateway.trade("ref", identity("deployer"))
    assert (status, body["token"]) == (200, "exchanged for ada-again")
