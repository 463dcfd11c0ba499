"""Whatever comes in, the answer is a clear error in one shape, and no trace is left."""

from collections.abc import Iterator

import httpx
import pytest
from joserfc.jwk import RSAKey

from embedded.tokens import Wanted, mint
from tests.integration.story.conftest import TEMPLATE, Whole

BOMB = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
UNKNOWN_TYPE = TEMPLATE.replace("tosca.nodes.indigo.Compute", "tosca.nodes.indigo.Comput")
NO_DEFAULT = TEMPLATE.replace("      default: 80\n", "")
CASES = {
    "not YAML": ({"template": "a: [1,\nb: }"}, 400, "line"),
    "an alias bomb": ({"template": BOMB}, 400, "line"),
    "an unknown type": ({"template": UNKNOWN_TYPE}, 400, "tosca.nodes.indigo.Compute"),
    "a missing input": ({"template": NO_DEFAULT}, 400, "http_port"),
    "an input of the wrong type": ({"template": TEMPLATE, "parameters": {"num_cpus": "many"}}, 400, "num_cpus"),
    "an input out of its range": ({"template": TEMPLATE, "parameters": {"num_cpus": 99}}, 400, "num_cpus"),
    "no template": ({"parameters": {}}, 400, "template"),
    "a number that is none": ({"template": TEMPLATE, "timeoutMins": 0}, 400, "timeoutMins"),
    "a callback that is no address": ({"template": TEMPLATE, "callback": "ftp://x"}, 400, "callback"),
    "a group of others": ({"template": TEMPLATE, "userGroup": "admins"}, 403, "admins"),
}


def refused(answer: httpx.Response, code: int, word: str = "") -> None:
    """The one shape of an error."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (code, code), answer.text
    assert body["title"]
    assert word in body["message"], body["message"]
    assert "Traceback" not in answer.text
    assert "/work" not in answer.text


@pytest.fixture
def nobody(whole: Whole) -> Iterator[httpx.Client]:
    """A user who has no deployments, and must have none after."""
    with whole.client(whole.token("nobody")) as client:
        yield client


@pytest.mark.parametrize("name", CASES)
def test_a_bad_request_is_refused_and_leaves_no_trace(nobody: httpx.Client, name: str) -> None:
    body, code, word = CASES[name]

    refused(nobody.post("/deployments", json=body), code, word)

    assert nobody.get("/deployments").json()["page"]["totalElements"] == 0


def test_five_megabytes_of_yaml_are_refused(nobody: httpx.Client) -> None:
    refused(nobody.post("/deployments", json={"template": "a: b\n" * 1_000_000}), 413, "smaller")


def test_a_body_that_is_not_json_is_refused(nobody: httpx.Client) -> None:
    refused(nobody.post("/deployments", content=b"{", headers={"content-type": "application/json"}), 400)


def test_no_token_an_expired_one_and_one_for_others_are_refused(whole: Whole) -> None:
    stranger = mint("https://elsewhere.example.org/", RSAKey.generate_key(2048, {"kid": "k"}), Wanted("mallory"))
    forged = mint(whole.system.urls["issuer"], RSAKey.generate_key(2048, {"kid": "k"}), Wanted("mallory"))
    gateway = whole.system.urls["gateway"]

    refused(httpx.get(f"{gateway}/deployments", trust_env=False), 401, "bearer token is needed")
    for token, word in {
        whole.token(ttl=-10): "expired",
        whole.token(audience="another"): "audience",
        stranger: "issuer",
        forged: "signature",
        "nonsense": "not a signed JSON web token",
    }.items():
        with whole.client(token) as client:
            answer = client.get("/deployments")
        refused(answer, 401, word)
        assert token not in answer.text


def test_what_does_not_exist_or_is_anothers_is_not_found(whole: Whole) -> None:
    bobs = whole.token("bob", groups=("others",))
    with whole.client() as alice, whole.client(bobs) as bob:
        deployment = whole.ask(alice)
        for path in ("", "/template", "/timeline", "/trials", "/ranking"):
            refused(bob.get(f"/deployments/{deployment}{path}"), 404)
            refused(bob.get(f"/deployments/unknown{path}"), 404)
        refused(bob.delete(f"/deployments/{deployment}"), 404)
        refused(bob.get("/nowhere"), 404)
        refused(bob.patch("/deployments"), 405)
        alice.delete(f"/deployments/{deployment}")
        whole.becomes(alice, deployment, "DELETE_COMPLETE")


def test_the_vault_opens_for_no_user(whole: Whole) -> None:
    with whole.client() as client:
        refused(client.post("/internal/credentials/any"), 401)
    refused(httpx.post(f"{whole.system.urls['gateway']}/internal/credentials/any", trust_env=False), 401)
