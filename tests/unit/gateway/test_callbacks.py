"""What is told, when it is tried again, and how a receiver knows that it comes from here."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import KeySet

from services.gateway.adapters.callbacks_keys import CallbackKeys
from services.gateway.domain.callbacks import (
    GIVEN_UP_AFTER,
    Answer,
    Claimed,
    Delivery,
    DeliveryState,
    body_of,
    is_news,
    pause,
    verdict,
)
from services.gateway.domain.view import Status, Task, TrialView, View
from shared.contracts.between import placeholder
from shared.contracts.vocabulary import DeploymentId, Principal, TrialNo
from tests.support.builders import ISSUER, NOON

CANARY = "canary-7f3a91"
OLD, NEW = b"o" * 32, b"n" * 32
VIEW = View(
    id=DeploymentId("d-1"),
    owner=Principal(issuer=ISSUER, subject="ada"),
    status=Status.CREATE_COMPLETE,
    task=Task.NONE,
    created_at=NOON,
    updated_at=NOON,
    outputs={"ip": "192.0.2.1", "token": placeholder("token"), "note": f"password={CANARY}"},
    trials=(
        TrialView(
            trial=TrialNo(1), site="cineca", service="s", backend="im", endpoint="e", started_at=NOON, external_id="i-1"
        ),
    ),
)
DELIVERY = Delivery(id="m-1", deployment="d-1", webhook="w-1", url="https://x.example.org/", body="{}", created_at=NOON)


def test_the_body_is_what_indigos_dashboard_reads_and_holds_no_secret() -> None:
    body = body_of(VIEW)

    assert body == {
        "uuid": "d-1",
        "status": "CREATE_COMPLETE",
        "task": "NONE",
        "creationTime": "2026-03-02T12:00+0000",
        "updateTime": "2026-03-02T12:00+0000",
        "outputs": {"ip": "192.0.2.1", "note": "password=[hidden]"},
        "createdBy": {"issuer": ISSUER, "subject": "ada"},
        "cloudProviderName": "cineca",
        "physicalId": "i-1",
        "links": [],
    }


def test_a_reason_is_told_without_secrets_and_left_out_when_there_is_none() -> None:
    failed = VIEW.model_copy(update={"reason": f"auth failed: password={CANARY}"})

    assert body_of(failed)["statusReason"] == "auth failed: password=[hidden]"
    assert "statusReason" not in body_of(VIEW)


def test_every_status_is_news_and_progress_is_not() -> None:
    waiting = VIEW.model_copy(update={"waits_for_owner": True})

    assert is_news(None, VIEW)
    assert is_news(VIEW, VIEW.model_copy(update={"status": Status.DELETE_IN_PROGRESS}))
    assert is_news(VIEW, waiting)
    assert not is_news(VIEW, VIEW.model_copy(update={"task": Task.DEPLOYER}))


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer(code=200), DeliveryState.DELIVERED),
        (Answer(code=204), DeliveryState.DELIVERED),
        (Answer(code=302, sentence="moved"), DeliveryState.WAITING),
        (Answer(code=404, sentence="not there"), DeliveryState.WAITING),
        (Answer(code=410, sentence="gone"), DeliveryState.GIVEN_UP),
        (Answer(code=500, sentence="broken"), DeliveryState.WAITING),
        (Answer(sentence="no answer"), DeliveryState.WAITING),
        (Answer(sentence="private", refused=True), DeliveryState.GIVEN_UP),
    ],
)
def test_what_an_answer_means(answer: Answer, state: DeliveryState) -> None:
    assert verdict(DELIVERY, answer, NOON, 0.5).state is state


def test_it_is_tried_for_a_day_less_and_less_often() -> None:
    at, attempts, delivery = NOON, 0, DELIVERY
    while (meant := verdict(delivery, Answer(code=500), at, 0.5)).state is DeliveryState.WAITING:
        assert meant.due_at > at
        at, attempts = meant.due_at, attempts + 1
        delivery = delivery.model_copy(update={"attempts": attempts})

    assert GIVEN_UP_AFTER - timedelta(hours=1) <= at - NOON <= GIVEN_UP_AFTER
    assert 20 < attempts < 40


@given(st.integers(1, 1000), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_shorter_than_four_seconds_nor_longer_than_an_hour_and_a_fifth(
    attempts: int, luck: float
) -> None:
    assert timedelta(seconds=4) <= pause(attempts, luck) <= timedelta(hours=1.2)


def test_a_receiver_can_check_both_signatures() -> None:
    keys = CallbackKeys([NEW])
    secret, sealed = keys.new_secret("w-1")
    headers = keys.headers(Claimed(DELIVERY, sealed), 1772452800, "{}")
    signed = b"m-1.1772452800.{}"

    shared = base64.b64decode(secret.removeprefix("whsec_"))
    mac = base64.b64encode(hmac.digest(shared, signed, hashlib.sha256)).decode()
    header, _, signature = headers["corale-signature"].partition("..")
    whole = f"{header}.{base64.urlsafe_b64encode(signed).rstrip(b'=').decode()}.{signature}"
    published = KeySet.import_key_set(json.loads(json.dumps(keys.public())))

    assert headers["webhook-signature"] == f"v1,{mac}"
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("m-1", "1772452800")
    assert jws.deserialize_compact(whole, published, algorithms=["Ed25519"]).payload == signed


def test_a_callback_without_a_secret_of_its_own_is_signed_with_the_gateways_key_only() -> None:
    headers = CallbackKeys([NEW]).headers(Claimed(DELIVERY.model_copy(update={"webhook": None})), 1, "{}")

    assert "corale-signature" in headers
    assert "webhook-signature" not in headers


def test_keys_can_be_replaced_while_webhooks_keep_their_secrets() -> None:
    secret, sealed = CallbackKeys([OLD]).new_secret("w-1")
    before = CallbackKeys([OLD]).headers(Claimed(DELIVERY, sealed), 1, "{}")
    after = CallbackKeys([NEW, OLD]).headers(Claimed(DELIVERY, sealed), 1, "{}")

    assert before["webhook-signature"] == after["webhook-signature"]
    assert secret.encode() not in sealed


def test_the_published_keys_have_no_private_part() -> None:
    published = CallbackKeys([NEW, OLD]).public()["keys"]

    assert isinstance(published, list)
    assert [set(key) for key in published] == [{"kty", "crv", "x", "kid", "use", "alg"}] * 2
