"""What an operator says about issuers, exchanges and keys is refused whole when it does not fit together."""

import base64

import pytest
from pydantic import ValidationError

from services.gateway.settings import GatewaySettings

URL = "https://iam.example.org"
KEYS = [base64.b64encode(letter * 32).decode() for letter in (b"n", b"o")]
CLIENT = {"id": "corale", "secret": "canary-secret"}
GOOD: dict[str, object] = {
    "database_url": "postgresql+asyncpg://gateway@localhost/corale",
    "kafka": "localhost:9092",
    "port": 8080,
    "issuers": [{"issuer": URL, "audience": "corale"}],
    "sealing_key": KEYS[0],
}


def settings(**more: object) -> GatewaySettings:
    """Settings with these changes."""
    return GatewaySettings.model_validate(GOOD | more)


def test_the_newest_key_seals_and_the_former_ones_follow() -> None:
    assert settings(former_sealing_keys=[KEYS[1]]).keys() == [b"n" * 32, b"o" * 32]


@pytest.mark.parametrize(
    "more",
    [
        {"sealing_key": "short"},
        {"former_sealing_keys": [KEYS[1], "c2hvcnQ="]},
        {"exchanges": [{"issuer": "https://other.example.org", "client": CLIENT}]},
        {"exchanges": [{"issuer": URL}]},
        {"exchanges": [{"issuer": URL, "client": CLIENT, "requested": "id_token"}]},
        {"issuers": [{"issuer": URL, "audience": "corale", "profile": "whatever"}]},
        {"issuers": [{"issuer": URL, "audience": "corale", "namespaces": ["egi.eu"]}]},
        {"site_vault": {"role": "r"}},
    ],
)
def test_what_does_not_fit_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(**more)


def test_no_secret_is_seen_in_printed_settings() -> None:
    issuer = {"issuer": URL, "audience": "corale", "profile": "introspection", "client": CLIENT}
    whole = settings(issuers=[issuer], exchanges=[{"issuer": URL, "client": CLIENT}], former_sealing_keys=[KEYS[1]])

    assert "canary" not in repr(whole)
    assert KEYS[0] not in repr(whole)
    assert KEYS[1] not in repr(whole)
