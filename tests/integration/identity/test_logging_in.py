"""People log in at real OpenID providers; what comes of it proves who they are, and nothing else does."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from shared.failures import Permanent, Transient
from shared.identity.caller import Caller
from shared.identity.issuers import Profile, TrustedIssuer
from shared.identity.oidc import OidcIdentities
from tests.integration.identity.npm import Issuers
from tests.integration.identity.provider import Provider


class Door:
    """Identities on a clock of their own, which asks the providers for real."""

    def __init__(self, *issuers: TrustedIssuer) -> None:
        self.now = 0.0
        self._loop = asyncio.new_event_loop()
        self._client = httpx.AsyncClient(timeout=2, trust_env=False)
        self._identities = OidcIdentities(issuers, self._client, lambda: self.now)

    def caller(self, token: str) -> Caller:
        """Who it is. A quarter of an hour goes by."""
        self.now += 900
        return self._loop.run_until_complete(self._identities.caller(token))

    def close(self) -> None:
        """Let go of connections."""
        self._loop.run_until_complete(self._client.aclose())
        self._loop.close()


@contextmanager
def a_door(*issuers: TrustedIssuer) -> Iterator[Door]:
    """Trusts these issuers."""
    door = Door(*issuers)
    try:
        yield door
    finally:
        door.close()


def test_a_login_with_code_and_proof_key_proves_who_somebody_is(provider: Provider) -> None:
    token = provider.login("alice")["access_token"]

    with a_door(provider.trusted) as door:
        alice = door.caller(token)

    assert alice.principal.issuer == provider.trusted.issuer
    assert provider.group in alice.groups
    assert "vo.a" in alice.groups


def test_a_login_on_a_device_proves_the_same(provider: Provider) -> None:
    with a_door(provider.trusted) as door:
        here, there = (
            door.caller(tokens["access_token"]) for tokens in (provider.login("bob"), provider.on_a_device("bob"))
        )

    assert here.principal == there.principal
    assert here.groups == there.groups != ()


def test_a_refreshed_token_proves_the_same(provider: Provider) -> None:
    tokens = provider.login("bob", "openid profile offline_access")
    again = provider.refreshed(tokens["refresh_token"])

    with a_door(provider.trusted) as door:
        assert door.caller(tokens["access_token"]).principal == door.caller(again["access_token"]).principal
    assert again["access_token"] != tokens["access_token"]


def test_neither_an_identity_token_nor_a_refresh_token_gives_access(provider: Provider) -> None:
    tokens = provider.login("alice", "openid profile offline_access")
    for_clients = provider.trusted.model_copy(update={"more_audiences": frozenset({provider.web})})

    with a_door(for_clients) as door:
        for name in ("id_token", "refresh_token"):
            with pytest.raises(Permanent):
                door.caller(tokens[name])
        assert door.caller(tokens["access_token"]).groups


def test_a_token_for_somebody_else_gives_no_access(provider: Provider) -> None:
    token = provider.login("alice")["access_token"]

    with a_door(provider.trusted.model_copy(update={"audience": "another"})) as door, pytest.raises(Permanent):
        door.caller(token)


def test_a_new_key_is_met_at_once_and_what_the_old_one_signed_still_holds(provider: Provider) -> None:
    before = provider.login("alice")["access_token"]
    with a_door(provider.trusted) as door:
        door.caller(before)
        provider.fate.rotate()
        after = provider.login("alice")["access_token"]

        assert door.caller(after).principal == door.caller(before).principal


def test_who_is_known_comes_in_while_the_provider_is_away_and_who_is_not_is_told_to_wait(provider: Provider) -> None:
    first, second = (provider.login(user)["access_token"] for user in ("alice", "bob"))
    with a_door(provider.trusted) as warm, a_door(provider.trusted) as cold:
        warm.caller(first)
        provider.fate.away(away=True)
        try:
            warm.now += 7 * 3600
            assert warm.caller(second).groups
            with pytest.raises(Transient):
                cold.caller(second)
        finally:
            provider.fate.away(away=False)
        assert cold.caller(second).groups


def test_by_the_rules_of_check_in_only_entitlements_make_groups(provider: Provider) -> None:
    token = provider.login("alice")["access_token"]

    with a_door(provider.trusted.model_copy(update={"profile": Profile.EGI_CHECKIN})) as door:
        assert door.caller(token).groups == ("vo.a",)


def test_two_providers_at_once_have_users_of_their_own(npm: Issuers) -> None:
    tokens = [issuer.login("alice")["access_token"] for issuer in (npm.first, npm.second)]
    with a_door(npm.first.trusted, npm.second.trusted) as door:
        first, second = (door.caller(token) for token in tokens)

    assert first.principal.subject == second.principal.subject
    assert first.principal != second.principal


def test_a_provider_that_lies_about_anothers_groups_is_not_believed(npm: Issuers) -> None:
    """Both put the same entitlement into their tokens; only the first one may speak in that namespace."""
    tokens = [issuer.login("alice")["access_token"] for issuer in (npm.first, npm.second)]
    with a_door(npm.first.trusted, npm.second.trusted) as door:
        first, second = (door.caller(token) for token in tokens)

    assert "vo.a" in first.groups
    assert "vo.a" not in second.groups


def test_a_provider_whose_name_another_one_uses_is_not_mixed_up(npm: Issuers) -> None:
    token = npm.second.login("alice")["access_token"]
    mixed_up = npm.second.trusted.model_copy(update={"issuer": f"{npm.second.trusted.issuer}/"})

    with a_door(npm.first.trusted, mixed_up) as door, pytest.raises(Permanent):
        door.caller(token)


def test_a_token_that_only_its_issuer_can_read_is_read_by_it(npm: Issuers) -> None:
    tokens = npm.opaque.login("alice", "openid profile offline_access")
    assert "." not in tokens["access_token"]

    with a_door(npm.first.trusted, npm.opaque.trusted) as door:
        alice = door.caller(tokens["access_token"])
        npm.opaque.fate.throw_out("alice")
        with pytest.raises(Permanent):
            door.caller(tokens["access_token"])

    assert (alice.principal.issuer, alice.principal.subject) == (npm.opaque.trusted.issuer, "alice")
    assert npm.opaque.group in alice.groups


def test_an_issuer_that_reads_tokens_and_is_away_refuses_nobody(npm: Issuers) -> None:
    token = npm.opaque.login("bob")["access_token"]
    npm.opaque.fate.away(away=True)
    try:
        with a_door(npm.opaque.trusted) as door, pytest.raises(Transient):
            door.caller(token)
    finally:
        npm.opaque.fate.away(away=False)
