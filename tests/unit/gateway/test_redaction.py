"""Nothing secret is shown, whatever it is called and wherever it stands; the rest stays as it is."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.redaction import (
    HIDDEN,
    for_others,
    redacted,
    redacted_json,
    redacted_template,
    redacted_text,
)
from services.gateway.domain.view import View
from shared.contracts.between import placeholder
from shared.contracts.topology import Json
from shared.contracts.trials import Resource
from shared.contracts.vocabulary import DeploymentId, Principal
from tests.support.builders import ISSUER, NOON

CANARY = "canary-7f3a91"
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"
TEXTS = [
    PEM,
    f"the site said: {PEM} and more",
    f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}",
    TOKEN,
    f"Authorization: Bearer {CANARY}",
    f"password={CANARY}; user=ada",
    f"auth failed: type = OpenStack; username = ada; password = {CANARY}",
    f'{{"admin_password": "{CANARY}"}}',
    f"{{'db_token': '{CANARY}', 'name': 'x'}}",
    f"token => {CANARY}",
    f"https://ada:{CANARY}@git.example.org/repo.git",
    f"AWS_SECRET_ACCESS_KEY={CANARY}",
]
PLAIN = [
    "The quota of 20 cores is not enough: 24 are needed.",
    "Trial 1 started at https://cloud.example.org:5000/v3.",
    "The password is wrong.",
    "keystone: 503 Service Unavailable",
    "monkey=banana",
]


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_shows_a_secret(text: str) -> None:
    shown = redacted_text(text)

    assert CANARY not in shown
    assert TOKEN not in shown
    assert HIDDEN in shown


@pytest.mark.parametrize("text", PLAIN)
def test_a_text_without_a_secret_stays_as_it_is(text: str) -> None:
    assert redacted_text(text) == text


@pytest.mark.parametrize(
    "value",
    [
        {"password": CANARY},
        {"deep": [{"admin_token": CANARY}]},
        {"credentials": [CANARY, CANARY]},
        {"private_key": PEM},
        {"notes": f"login with password: {CANARY}"},
        {"crypt_key": 12345, "x": f"Bearer {CANARY}"},
    ],
)
def test_no_value_shows_a_secret(value: Json) -> None:
    assert CANARY not in json.dumps(redacted(value))
    assert CANARY not in redacted_json(json.dumps(value))


def test_a_placeholder_does_not_say_what_it_stands_for() -> None:
    assert redacted({"kubeconfig": placeholder("kubeconfig"), "ip": "192.0.2.1"}) == {
        "kubeconfig": HIDDEN,
        "ip": "192.0.2.1",
    }


TEMPLATE = f"""tosca_definitions_version: tosca_simple_yaml_1_0
topology_template:
  inputs:
    admin_password: {{type: string, default: {CANARY}}}
  node_templates:
    db:
      type: tosca.nodes.Database
      properties:
        name: orders
        password: {CANARY}
        root_password: "{CANARY}"
        admin_token: {{get_input: admin_password}}
        user: {{name: ada, password: {CANARY}}}
        private_key: |
          -----BEGIN PRIVATE KEY-----
          {CANARY}

          -----END PRIVATE KEY-----
        port: 5432
        secret: &anchored {CANARY}
        copy: *anchored
"""


def test_a_template_shows_others_everything_but_what_its_author_wrote_behind_the_name_of_a_secret() -> None:
    shown = redacted_template(TEMPLATE)
    db = yaml.safe_load(shown)["topology_template"]["node_templates"]["db"]["properties"]

    assert CANARY not in shown
    assert (db["name"], db["port"]) == ("orders", 5432)
    assert db["password"] == db["root_password"] == db["private_key"] == HIDDEN
    assert db["secret"] == db["copy"] == HIDDEN
    assert db["admin_token"] == {"get_input": "admin_password"}
    assert db["user"]["name"] == "ada"


def test_what_is_no_yaml_is_redacted_as_text() -> None:
    assert CANARY not in redacted_template(f"{{unclosed: [\n  password: {CANARY}\n")


def test_others_see_a_deployment_without_its_secrets() -> None:
    view = View(
        id=DeploymentId("d-1"),
        owner=Principal(issuer=ISSUER, subject="ada"),
        created_at=NOON,
        updated_at=NOON,
        callback=f"https://portal.example.org/?key={CANARY}",
        reason=f"auth failed: password={CANARY}",
        outputs={"password": CANARY, "ip": "192.0.2.1"},
        resources=(Resource(node="n", type="t", external_id="e", attributes={"root.password": CANARY}),),
    )

    shown = for_others(view)

    assert CANARY not in shown.model_dump_json()
    assert shown.outputs["ip"] == "192.0.2.1"


@given(st.text(max_size=200))
def test_any_text_can_be_redacted_and_a_second_time_changes_nothing(text: str) -> None:
    once = redacted_text(text)

    assert redacted_text(once) == once


@pytest.mark.parametrize("name", ["Token;", 'token"', 'key"x', "root.password", "pass word", "token" + "x" * 200])
def test_no_name_hides_a_secret_from_the_quick_look(name: str) -> None:
    value: Json = {"a": {name: CANARY}}
    assert json.loads(redacted_json(json.dumps(value))) == redacted(value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_redacted_json_is_what_the_redacted_value_would_be(value: Json) -> None:
    assert json.loads(redacted_json(json.dumps(value))) == redacted(value)
