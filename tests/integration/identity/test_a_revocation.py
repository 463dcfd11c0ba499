"""A running gateway, a real OpenID provider, and an owner who is thrown out in the middle of a deployment."""

import json
from collections.abc import Generator
from dataclasses import dataclass

import httpx
import pytest

from embedded.machine import Missing
from embedded.places import ROOT, Places, places
from embedded.system import System
from tests.integration.identity.npm import issuers
from tests.integration.identity.provider import Provider
from tests.support.waiting import soon

TEMPLATE = (ROOT / "embedded" / "demo" / "template.yaml").read_text()
LIVES = 16
"""Seconds that an access token of the provider lives."""


@dataclass
class Running:
    """A gateway whose requests nobody works on, and the provider that it trusts."""

    system: System
    provider: Provider

    def client(self) -> httpx.Client:
        """The public API, as alice who has just logged in."""
        headers = {"authorization": f"Bearer {self.provider.login('alice')['access_token']}"}
        return httpx.Client(base_url=self.system.urls["gateway"], headers=headers, trust_env=False, timeout=30)

    def look(self, deployment: str) -> dict[str, object]:
        """What alice sees of it."""
        with self.client() as client:
            return dict(client.get(f"/deployments/{deployment}").json())


@pytest.fixture
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    """See `Running`."""
    here = Places(var=tmp_path_factory.mktemp("revocation") / "var", cache=places().cache)
    with System(here, usual_ports=False, temporary=True, say=lambda _: None) as system:
        try:
            provider = issuers(system, tmp_path_factory.mktemp("openid"), lives=LIVES).first
        except Missing as lack:
            pytest.skip(str(lack))
        system.wait_ready("openid")
        client = provider.exchange.client
        exchange = provider.exchange.model_dump(mode="json") | {
            "client": {"id": client.id, "secret": client.secret.get_secret_value()}
        }
        told = {
            "GATEWAY_ISSUERS": json.dumps([provider.trusted.model_dump(mode="json", exclude={"client"})]),
            "GATEWAY_EXCHANGES": json.dumps([exchange]),
        }
        system.service("gateway", settings=told)
        system.wait_ready()
        yield Running(system, provider)


def test_it_waits_for_its_owner_says_why_and_goes_on_when_the_owner_is_back(running: Running) -> None:
    with running.client() as client:
        answer = client.post("/deployments", json={"template": TEMPLATE, "userGroup": "users"})
        assert answer.status_code == 201, answer.text
        deployment = answer.json()["uuid"]

    def kinds() -> list[str]:
        with running.client() as client:
            told = client.get(f"/deployments/{deployment}/timeline").json()["content"]
        return [entry["type"] for entry in told]

    with running.client() as waiting:

        def lost() -> bool:
            running.provider.fate.throw_out("alice")
            return "AUTH_LOST" in str(waiting.get(f"/deployments/{deployment}").json().get("statusReason"))

        soon(lost, within=LIVES, what="the loss")
    soon(lambda: not running.look(deployment).get("statusReason"), within=10, what="the return")

    assert kinds() == ["DeploymentRequested", "CredentialLost", "CredentialRestored"]
