"""Every refusal has one body that every client reads; every answer has an id; clients are read as they are."""

import asyncio
import re

import httpx
import pytest

from shared.contracts.deployments import DeploymentCompleted
from shared.contracts.vocabulary import DeploymentId, Revision
from tests.component.gateway.door import DISK, GROUP, TEMPLATE, Door, machine, started
from tests.support.waiting import eventually

BODY = {"template": TEMPLATE, "parameters": {}}
REQUEST_ID = re.compile(r"req-[0-9a-f-]{36}")
JSON = {"content-type": "application/json"}


def whole(answer: httpx.Response, code: int) -> str:
    """The message of a refusal that has everything a client may look for."""
    body = answer.json()
    assert answer.status_code == body["code"] == body["status"] == code, answer.text
    assert body["title"]
    assert body["message"] == body["detail"] != ""
    assert body["type"] == "about:blank"
    assert body["instance"].startswith("/")
    assert body["requestId"] == answer.headers["x-request-id"]
    assert len(answer.headers.get_list("x-request-id")) == 1
    assert REQUEST_ID.fullmatch(body["requestId"])
    return str(body["message"])


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/deployments/unknown", 404),
        ("GET", "/deployments/a%00b", 400),
        ("PATCH", "/deployments", 405),
        ("POST", "/deployments/unknown", 405),
        ("GET", "/deployments?page=x", 400),
        ("GET", "/deployments/unknown/timeline?after=99999999999999999999", 400),
    ],
)
async def test_a_refusal_has_one_shape_wherever_it_comes_from(door: Door, method: str, path: str, code: int) -> None:
    async with door.client(**{"x-request-id": "mine"}) as alice:
        answer = await alice.request(method, path)

    whole(answer, code)


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "application/json; charset=UTF-8", 400),
        (b'{"template": "a: [", "parameters": {}}', "application/json", 400),
        (b'{"template": "x", "parameters": {"a": "\\ud800"}}', "application/json", 400),
        (b'{"template": "x\\u0000"}', "application/json", 400),
        (b"template=x", "application/x-www-form-urlencoded", 415),
        (b"<a/>", "text/xml", 415),
        (b'{"template": "' + b"x" * (4 << 20) + b'"}', "application/json", 413),
    ],
    ids=["cut", "list", "empty", "yaml", "surrogate", "nul", "form", "xml", "large"],
)
async def test_a_body_that_cannot_be_read_is_refused_in_that_shape(
    door: Door, content: bytes, kind: str, code: int
) -> None:
    async with door.client() as alice:
        whole(await alice.post("/deployments", content=content, headers={"content-type": kind}), code)


async def test_what_nobody_foresaw_is_500_in_that_shape_and_shows_nothing_of_the_inside(door: Door) -> None:
    @door.app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("canary")

    async with door.client() as alice:
        answer = await alice.get("/broken")

    assert "canary" not in whole(answer, 500)


async def test_a_store_that_is_away_is_503_and_says_when_to_come_back(door: Door) -> None:
    @door.app.get("/away")
    async def away() -> None:
        raise ConnectionRefusedError

    async with door.client() as alice:
        answer = await alice.get("/away")

    whole(answer, 503)
    assert int(answer.headers["retry-after"]) > 0


async def test_who_shows_no_good_token_is_told_how_and_the_token_is_not_repeated(door: Door) -> None:
    expired = door.token(ttl=-300)
    async with door.as_sent({}) as nobody:
        without = await nobody.get("/deployments")
        late = await nobody.get("/deployments", headers={"authorization": f"Bearer {expired}"})
        odd = await nobody.get("/deployments", headers={"authorization": "Bearer canary"})

    for answer in (without, late, odd):
        whole(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["error"]
        assert answer.json()["error_description"] == answer.json()["message"]
        assert expired not in answer.text
        assert "canary" not in answer.text


async def test_the_methods_that_a_path_allows_are_all_named(door: Door) -> None:
    async with door.client() as alice:
        answer = await alice.patch("/deployments")

    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("scheme", ["Bearer {}", "Bearer{}", "bearer {}", "BEARER  {}"])
async def test_a_token_is_found_however_the_header_is_spelt(door: Door, scheme: str) -> None:
    async with door.as_sent({"authorization": scheme.format(door.token())}) as alice:
        assert (await alice.get("/deployments/")).status_code == 200


@pytest.mark.parametrize(
    "more",
    [
        {"keepLastAttempt": "true", "maxProvidersRetry": "3", "timeoutMins": "720", "providerTimeoutMins": "60"},
        {"keepLastAttemp": True, "unknown": {"a": 1}},
        {"callback": "", "userGroup": "", "maxProvidersRetry": "", "parameters": None, "keepLastAttempt": ""},
        {"parameters": {"machines": "1", "num_cpus": "2"}},
    ],
)
async def test_a_request_is_read_as_the_clients_of_the_field_write_it(door: Door, more: dict[str, object]) -> None:
    async with door.client() as alice:
        answer = await alice.post("/deployments/", json={**BODY, **more})

    assert answer.status_code == 201, answer.text
    assert answer.json()["userGroup"] == GROUP


async def test_a_body_without_a_type_is_taken_for_json_and_text_is_given_to_who_accepts_json(door: Door) -> None:
    async with door.client() as alice:
        request = alice.build_request("POST", "/deployments", json=BODY)
        del request.headers["content-type"]
        made = (await alice.send(request)).json()["uuid"]
        template = await alice.get(f"/deployments/{made}/template/", headers={"accept": "application/json"})

    assert template.headers["content-type"].startswith("text/plain")
    assert template.text.startswith("tosca_definitions_version")


async def standing(door: Door, client: httpx.AsyncClient) -> str:
    """The id of a deployment that stands."""
    deployment = await door.create(client)
    await stands(door, deployment)
    return deployment


async def stands(door: Door, deployment: str) -> None:
    """It stands now."""
    done = DeploymentCompleted(
        deployment_id=DeploymentId(deployment), revision=Revision(1), resources=(machine(0), DISK), trials=()
    )
    await door.tell(started(deployment), done)


async def test_a_change_of_a_version_that_is_not_there_any_more_is_refused(door: Door) -> None:
    async with door.client() as alice:
        deployment = await standing(door, alice)
        at = f"/deployments/{deployment}"
        tag = (await alice.get(at)).headers["etag"]
        other = await alice.put(at, json=BODY, headers={"if-match": '"1.CREATE_IN_PROGRESS"'})
        good = await alice.put(at, json=BODY, headers={"if-match": f'"x", {tag}'})
        late = await alice.delete(at, headers={"if-match": tag})
        any_ = await alice.delete(at, headers={"if-match": "*"})

    whole(other, 412)
    assert good.status_code == 202
    assert good.headers["etag"] == '"2.UPDATE_IN_PROGRESS"'
    whole(late, 412)
    assert any_.status_code == 204


async def test_of_two_updates_at_once_one_is_taken_and_the_other_may_come_again_at_once(door: Door) -> None:
    async with door.client() as alice:
        deployment = await standing(door, alice)
        at = f"/deployments/{deployment}"
        answers = await asyncio.gather(*(alice.put(at, json=BODY) for _ in range(4)))

    codes = sorted(answer.status_code for answer in answers)
    assert codes == [202, 409, 409, 409]
    overtaken = [answer for answer in answers if answer.headers.get("retry-after") == "0"]
    assert overtaken
    assert {whole(answer, 409) for answer in overtaken} == {
        "The request couldn't be fulfilled because of a concurrent update. Please retry later"
    }


async def test_who_prefers_to_wait_is_answered_when_it_is_done(door: Door) -> None:
    async with door.client() as alice:
        patient = {"prefer": "respond-async, wait=20"}
        asking = asyncio.create_task(alice.post("/deployments", json=BODY, headers=patient))

        async def made() -> str | None:
            content = (await alice.get("/deployments")).json()["content"]
            return str(content[0]["uuid"]) if content else None

        deployment = await eventually(made)
        assert not asking.done()
        await stands(door, deployment)
        answer = await asking
        short = await alice.delete(f"/deployments/{deployment}", headers={"prefer": "wait=0"})
        still = await alice.get(f"/deployments/{deployment}", headers={"prefer": "wait=1"})

    assert (answer.status_code, answer.json()["status"]) == (201, "CREATE_COMPLETE")
    assert answer.headers["preference-applied"] == "wait=20"
    assert (short.status_code, short.headers["preference-applied"]) == (204, "wait=0")
    assert still.json()["status"] == "DELETE_IN_PROGRESS"


async def test_the_description_and_its_reader_are_served_by_nobody_else(door: Door) -> None:
    async with door.as_sent({}) as nobody:
        description = (await nobody.get("/openapi.json")).json()
        page = await nobody.get("/docs")
        sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        parts = [await nobody.get(f"/{source}") for source in sources]

    assert description["openapi"].startswith("3.1")
    assert all("://" not in source for source in sources)
    assert [part.status_code for part in parts] == [200] * len(sources)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            for code, told in operation["responses"].items():
                shown = [kind for kind in told.get("content", {}).values() if kind]
                assert code in ("204", "default") or any("example" in kind for kind in shown), (path, method, code)
                assert told["description"] != "Validation Error", (path, method)
