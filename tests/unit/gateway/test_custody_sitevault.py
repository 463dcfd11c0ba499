"""What users have for sites is read from a Vault, by its documented interface: KV version 2 and JWT login."""

import asyncio
import json

import httpx
import pytest

from services.gateway.adapters.sitevault import SiteVault, VaultSites
from services.gateway.ports import Secret
from shared.contracts.vocabulary import Principal
from shared.failures import Transient
from tests.support.builders import GROUP, ISSUER

ADA = Secret("jwt-of-ada", {}, Principal(issuer=ISSUER, subject="ada"), GROUP)
LOGIN = {
    "request_id": "r",
    "lease_id": "",
    "renewable": False,
    "lease_duration": 0,
    "data": None,
    "wrap_info": None,
    "warnings": None,
    "auth": {
        "client_token": "hvs.CAES",
        "accessor": "a",
        "policies": ["default", "user"],
        "token_policies": ["default", "user"],
        "metadata": {"role": "orchestrator"},
        "lease_duration": 120,
        "renewable": True,
        "entity_id": "e-1",
        "token_type": "service",
        "orphan": True,
        "mfa_requirement": None,
        "num_uses": 0,
    },
}
"""The documented answer to `POST /auth/jwt/login`."""
FOUND = {
    "request_id": "r",
    "data": {
        "data": {"username": "AK", "password": "SK", "port": 5000, "nested": {"a": 1}},
        "metadata": {
            "created_time": "2026-03-22T02:24:06Z",
            "custom_metadata": None,
            "deletion_time": "",
            "destroyed": False,
            "version": 2,
        },
    },
}
"""The documented answer to `GET /secret/data/:path`."""
DELETED = {"data": {"data": None, "metadata": {"deletion_time": "2026-03-22T02:36:43Z", "version": 1}}}


class Vault:
    """A Vault with these answers, and what it was asked."""

    def __init__(self, login: httpx.Response | None = None, secret: httpx.Response | None = None) -> None:
        self.login = login or httpx.Response(200, json=LOGIN)
        self.secret = secret or httpx.Response(200, json=FOUND)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.login if request.url.path.endswith("/login") else self.secret


def found(vault: Vault, service: str = "s-1", **settings: str) -> dict[str, str]:
    """What ada has for a service."""
    sites = VaultSites(
        SiteVault.model_validate({"url": "http://vault:8200/", **settings}),
        httpx.AsyncClient(transport=httpx.MockTransport(vault)),
    )
    return dict(asyncio.run(sites.credentials(ADA, service)))


def test_a_user_logs_in_with_the_own_token_and_reads_below_the_own_entity() -> None:
    vault = Vault()

    assert found(vault) == {"username": "AK", "password": "SK", "port": "5000"}

    login, read = vault.asked
    assert (login.method, login.url.path) == ("POST", "/v1/auth/jwt/login")
    assert json.loads(login.content) == {"role": "orchestrator", "jwt": "jwt-of-ada"}
    assert (read.method, read.url.path) == ("GET", "/v1/secret/data/e-1/services_credential/s-1")
    assert read.headers["x-vault-token"] == "hvs.CAES"
    assert all(request.headers["x-vault-request"] == "true" for request in vault.asked)


def test_where_things_are_is_the_operators_to_say() -> None:
    vault = Vault()

    found(vault, login="kc", role="r", mount="kv", path="teams/{group}/{service}", namespace="ns")

    login, read = vault.asked
    assert login.url.path == "/v1/auth/kc/login"
    assert read.url.path == f"/v1/kv/data/teams/{GROUP}/s-1"
    assert {request.headers["x-vault-namespace"] for request in vault.asked} == {"ns"}


def test_a_service_with_a_name_like_a_path_leads_to_nobody_elses_secret() -> None:
    vault = Vault()

    assert found(vault, service="../../e-2/services_credential/s-1") == {}
    assert len(vault.asked) == 1
    found(vault, service="a/b?version=1#c")
    assert vault.asked[2].url.raw_path == b"/v1/secret/data/e-1/services_credential/a%2Fb%3Fversion%3D1%23c"


@pytest.mark.parametrize(
    "secret",
    [
        httpx.Response(404, json={"errors": []}),
        httpx.Response(404, json=DELETED),
        httpx.Response(403, json={"errors": ["1 error occurred:\n\t* permission denied\n\n"]}),
        httpx.Response(200, json=DELETED),
    ],
)
def test_who_has_nothing_there_has_nothing(secret: httpx.Response) -> None:
    assert found(Vault(secret=secret)) == {}


@pytest.mark.parametrize(
    "login",
    [
        httpx.Response(400, json={"errors": ['role "orchestrator" could not be found']}),
        httpx.Response(400, json={"errors": ["error validating token: invalid audience (aud) claim"]}),
        httpx.Response(403, json={"errors": ["permission denied"]}),
    ],
)
def test_whom_the_vault_does_not_know_has_nothing(login: httpx.Response) -> None:
    vault = Vault(login=login)

    assert found(vault) == {}
    assert len(vault.asked) == 1


@pytest.mark.parametrize(
    "vault",
    [
        Vault(login=httpx.Response(400, json={"errors": ["error validating token: token is expired"]})),
        Vault(
            login=httpx.Response(
                400,
                json={"errors": ["error getting provider for login operation: error creating provider: 503"]},
            )
        ),
        Vault(login=httpx.Response(503, json={"errors": ["Vault is sealed"]})),
        Vault(login=httpx.Response(200, text="<html>")),
        Vault(secret=httpx.Response(503, json={"errors": ["Vault is sealed"]})),
        Vault(secret=httpx.Response(500, json={"errors": ["internal error"]})),
    ],
)
def test_a_vault_that_cannot_say_now_has_not_said_that_there_is_nothing(vault: Vault) -> None:
    with pytest.raises(Transient):
        found(vault)


def test_logins_are_kept_for_a_while_and_not_after_a_refusal() -> None:
    vault = Vault()
    sites = VaultSites(SiteVault(url="http://vault"), httpx.AsyncClient(transport=httpx.MockTransport(vault)))

    async def story() -> None:
        await sites.credentials(ADA, "s-1")
        await sites.credentials(ADA, "s-2")
        assert len(vault.asked) == 3
        vault.secret = httpx.Response(403, json={"errors": ["permission denied"]})
        await sites.credentials(ADA, "s-1")
        await sites.credentials(ADA, "s-1")
        assert len(vault.asked) == 6

    asyncio.run(story())
