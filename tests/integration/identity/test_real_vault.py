"""What users have for sites is read from a real Vault, by each user only what is the user's own."""

from collections.abc import AsyncGenerator

import httpx
import pytest

from services.gateway.adapters.sitevault import SiteVault, VaultSites
from services.gateway.ports import Secret
from shared.contracts.vocabulary import Principal
from shared.failures import Transient
from tests.integration.identity.npm import Issuers
from tests.integration.identity.provider import Provider
from tests.integration.identity.vault import Vault

AWS = {"username": "AK", "password": "SK"}


@pytest.fixture
async def sites(real_vault: Vault) -> AsyncGenerator[VaultSites]:
    """The gateway's way to the Vault."""
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        yield VaultSites(SiteVault(url=real_vault.url), client)


def a_secret(issuer: Provider, user: str) -> Secret:
    """What the vault of tokens gives for somebody who just logged in."""
    token = issuer.login(user)["access_token"]
    return Secret(token, {}, Principal(issuer=issuer.trusted.issuer, subject=user), issuer.group)


async def test_users_read_what_is_their_own_and_nobody_elses(
    npm: Issuers, real_vault: Vault, sites: VaultSites
) -> None:
    alice, bob = a_secret(npm.first, "alice"), a_secret(npm.first, "bob")
    token, entity = real_vault.log_in(alice.token)
    path = f"secret/data/{entity}/services_credential/aws"
    real_vault.tell("POST", path, {"data": {"username": "old", "password": "x"}}, token)
    real_vault.tell("POST", path, {"data": AWS}, token)

    assert await sites.credentials(alice, "aws") == AWS
    assert await sites.credentials(alice, "azure") == {}
    assert await sites.credentials(bob, "aws") == {}
    assert await sites.credentials(bob, f"../../{entity}/services_credential/aws") == {}

    real_vault.tell("DELETE", path, {})
    assert await sites.credentials(alice, "aws") == {}


async def test_users_of_an_issuer_that_the_vault_does_not_know_have_nothing(npm: Issuers, sites: VaultSites) -> None:
    assert await sites.credentials(a_secret(npm.second, "alice"), "aws") == {}


async def test_a_sealed_vault_has_not_said_that_there_is_nothing(
    npm: Issuers, real_vault: Vault, sites: VaultSites
) -> None:
    alice = a_secret(npm.first, "alice")
    await sites.credentials(alice, "aws")
    real_vault.tell("PUT", "sys/seal", {})
    try:
        with pytest.raises(Transient):
            await sites.credentials(alice, "aws")
        with pytest.raises(Transient):
            await sites.credentials(a_secret(npm.first, "bob"), "aws")
    finally:
        real_vault.tell("PUT", "sys/unseal", {"key": real_vault.key})


async def test_a_vault_that_cannot_ask_the_issuer_has_not_refused(
    npm: Issuers, real_vault: Vault, sites: VaultSites
) -> None:
    alice = a_secret(npm.first, "alice")
    npm.first.fate.rotate()
    newer = a_secret(npm.first, "alice")
    npm.first.fate.away(away=True)
    try:
        with pytest.raises(Transient):
            await sites.credentials(newer, "aws")
    finally:
        npm.first.fate.away(away=False)
    assert real_vault.log_in(alice.token)[1] == real_vault.log_in(newer.token)[1]
