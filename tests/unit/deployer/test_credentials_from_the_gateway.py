"""A deployer trades a reference for the right to act; what the gateway answers is what it waits for, or tells."""

import asyncio
import json
from datetime import timedelta

import httpx
import pytest
from joserfc.jwk import OKPKey

from services.deployer.adapters.vault import GatewayVault
from services.deployer.ports import Access, CredentialGone, NoVault
from shared.contracts.between import INTERNAL_AUDIENCE
from shared.contracts.vocabulary import CredentialRef, ServiceId
from shared.failures import Permanent
from shared.identity.services import ServiceIdentities

KEY = OKPKey.generate_key("Ed25519")
REF = CredentialRef("ref")
GOOD = {"token": "canary", "secret_inputs": {"pw": "canary"}, "site": {"password": "canary"}}


class Gateway:
    """Answers so; knows the deployer by its key."""

    def __init__(self, status: int = 200, body: object = None, **headers: str) -> None:
        self.answer = httpx.Response(status, json=GOOD if body is None else body, headers=headers)
        public = {name: str(KEY.as_dict(private=False)[name]) for name in ("kty", "crv", "x")}
        self.services = ServiceIdentities({"deployer": public}, INTERNAL_AUDIENCE)
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.services.service(request.headers["authorization"].removeprefix("Bearer "))
        self.asked.append(str(request.url))
        return self.answer


def access(gateway: Gateway, *services: ServiceId | None) -> Access:
    """What the deployer gets, asking for each of these services in turn."""

    async def story() -> Access:
        key = json.dumps(KEY.as_dict(private=True))
        vault = GatewayVault("http://gateway", key, transport=httpx.MockTransport(gateway))
        for service in services or (None,):
            found = await vault.access(REF, service)
        await vault.close()
        return found

    return asyncio.run(story())


def test_a_reference_is_traded_by_a_service_that_proves_its_name_and_remembered_for_a_while() -> None:
    gateway = Gateway()

    found = access(gateway, None, None, ServiceId("a/b c"), ServiceId("a/b c"))

    assert (found.token, found.secret_inputs, found.site) == ("canary", {"pw": "canary"}, {"password": "canary"})
    assert gateway.asked == [
        "http://gateway/internal/credentials/ref",
        "http://gateway/internal/credentials/ref?service=a%2Fb%20c",
    ]
    assert "canary" not in repr(found)


def test_a_lost_right_is_told_with_the_gateways_reason() -> None:
    with pytest.raises(CredentialGone, match="Session not active"):
        access(Gateway(410, {"message": "Session not active."}))
    with pytest.raises(CredentialGone, match="log in again"):
        access(Gateway(410, ["?"]))


def test_an_unknown_reference_is_not_waited_for() -> None:
    with pytest.raises(Permanent) as refusal:
        access(Gateway(404, {"message": "unknown"}))
    assert not isinstance(refusal.value, CredentialGone)


def test_a_token_that_is_being_exchanged_is_asked_for_again_soon() -> None:
    with pytest.raises(NoVault, match="being exchanged") as passing:
        access(Gateway(503, {"message": "The owner's token is being exchanged."}, **{"retry-after": "1"}))
    assert passing.value.retry_after == timedelta(seconds=1)


@pytest.mark.parametrize("status", [401, 403, 500, 502])
def test_any_other_answer_is_a_passing_one(status: int) -> None:
    with pytest.raises(NoVault, match=str(status)):
        access(Gateway(status, {"message": "?"}))
