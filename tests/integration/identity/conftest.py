"""Real OpenID providers, each started once. Who cannot have one skips, and says what is missing."""

import os
from collections.abc import Generator

import pytest

from embedded.machine import Missing
from embedded.parts import Parts
from embedded.places import Places, places
from tests.integration.identity.keycloak import keycloak
from tests.integration.identity.npm import Issuers, issuers
from tests.integration.identity.provider import Provider
from tests.integration.identity.vault import Vault, vault


@pytest.fixture(scope="package")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Generator[Parts]:
    """What runs while these tests do."""
    with Parts(Places(tmp_path_factory.mktemp("identity") / "var", places().cache), print) as running:
        yield running


@pytest.fixture(scope="package")
def npm(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Issuers:
    """Three issuers in one process."""
    try:
        started = issuers(parts, tmp_path_factory.mktemp("openid"))
    except Missing as lack:
        pytest.skip(str(lack))
    parts.wait_ready("openid", timeout=60)
    return started


@pytest.fixture(scope="package")
def realm(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Provider:
    """A realm of a Keycloak."""
    if not os.environ.get("CORALE_TEST_IDENTITY"):
        pytest.skip("Keycloak is asked by `make test-identity` only: 160 MB to fetch, half a minute to start")
    try:
        return keycloak(parts, tmp_path_factory.mktemp("keycloak"))
    except Missing as lack:
        pytest.skip(str(lack))


@pytest.fixture(scope="package")
def real_vault(parts: Parts, npm: Issuers, tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """A Vault that trusts the first issuer."""
    if not os.environ.get("CORALE_TEST_IDENTITY"):
        pytest.skip("a real Vault is asked by `make test-identity` only: a minute to build, once")
    try:
        started = vault(parts, tmp_path_factory.mktemp("vault"))
    except Missing as lack:
        pytest.skip(str(lack))
    started.trust(npm.first.trusted.issuer, npm.first.trusted.audience)
    return started


@pytest.fixture(scope="package", params=["openid-provider", "keycloak"])
def provider(request: pytest.FixtureRequest) -> Provider:
    """Each real provider in turn."""
    if request.param == "keycloak":
        found: Provider = request.getfixturevalue("realm")
        return found
    both: Issuers = request.getfixturevalue("npm")
    return both.first
