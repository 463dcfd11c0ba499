"""Secret outputs never travel: only their names do."""

import pytest

from services.deployer.domain.secrecy import split
from shared.contracts.topology import Json, Output
from tests.support.builders import a_topology


@pytest.mark.parametrize(
    "expression",
    [
        {"get_attribute": ["server", "endpoint", "credential", 0]},
        {"concat": ["user:", {"get_attribute": ["server", "endpoint", "credential", 0, "token"]}]},
        {"get_property": ["SELF", "admin_password"]},
    ],
)
def test_an_output_that_reads_a_secret_is_secret(expression: Json) -> None:
    topology = a_topology().model_copy(update={"outputs": (Output(name="login", value=expression),)})

    told, secret = split({"login": "s3cret", "ip": "192.0.2.1"}, topology)

    assert told == {"login": {"$secret": "login"}, "ip": "192.0.2.1"}
    assert secret == {"login": "s3cret"}


@pytest.mark.parametrize(
    "value",
    [
        {"user": "cloudadm", "token": "s3cret", "token_type": "password"},
        [{"host": "a", "password": "s3cret"}],
        "-----BEGIN RSA PRIVATE KEY-----\nMII",
    ],
)
def test_an_output_that_turns_out_to_hold_a_secret_is_secret(value: Json) -> None:
    assert split({"creds": value}, a_topology()).told == {"creds": {"$secret": "creds"}}


def test_what_only_tells_the_kind_of_a_secret_is_not_one() -> None:
    assert split({"how": {"token_type": "password"}}, a_topology()).secret == {}
