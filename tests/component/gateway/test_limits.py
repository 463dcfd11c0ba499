"""Nobody takes the gateway away from the others, and whoever is refused is told when to come again."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from embedded.keys import Keys
from shared.contracts.deployments import DeploymentCompleted, DeploymentFailed
from shared.contracts.vocabulary import Cause, DeploymentId, Revision
from tests.component.gateway.door import TEMPLATE, Door, a_door

ASKED = {"template": TEMPLATE}


@pytest.fixture
async def narrow(postgres: str, keys: Keys) -> AsyncIterator[Door]:
    """A gateway that lets little through."""
    limits = {
        "user_per_second": 0.01,
        "user_burst": 8,
        "group_per_second": 0.01,
        "group_burst": 6,
        "stranger_per_second": 0.01,
        "stranger_burst": 3,
        "group_at_a_time": 2,
    }
    async with a_door(postgres, keys, limits=limits) as door:
        yield door


def refused(answer: httpx.Response) -> str:
    """The sentence of a 429 that says when to come again."""
    body = answer.json()
    assert answer.status_code == body["code"] == 429
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["x-request-id"]
    return str(body["message"])


async def test_a_user_who_asks_too_often_waits_and_nobody_else_does(narrow: Door) -> None:
    async with narrow.client() as alice, narrow.client("bob") as bob:
        answers = [await alice.get("/deployments") for _ in range(9)]
        other = await bob.get("/deployments")

    assert [answer.status_code for answer in answers[:8]] == [200] * 8
    assert "more than 0.01 things a second" in refused(answers[8])
    assert other.status_code == 200


async def test_a_group_has_so_many_under_way_and_not_one_more_however_many_ask_at_once(narrow: Door) -> None:
    async with narrow.client() as alice, narrow.client("bob", "others") as bob:
        answers = await asyncio.gather(*(alice.post("/deployments", json=ASKED) for _ in range(5)))
        theirs = await bob.post("/deployments", json=ASKED)

    made = [answer.json()["uuid"] for answer in answers if answer.status_code == 201]
    assert len(made) == 2
    assert all("may have 2 deployments under way" in refused(one) for one in answers if one.status_code != 201)
    assert theirs.status_code == 201


async def test_asking_again_is_not_asking_for_more(narrow: Door) -> None:
    key = {"idempotency-key": "job-7"}
    async with narrow.client() as alice:
        first = await alice.post("/deployments", json=ASKED, headers=key)
        await narrow.create(alice)
        again = await alice.post("/deployments", json=ASKED, headers=key)
        other = await alice.post("/deployments", json={**ASKED, "userGroup": "users", "timeoutMins": 7}, headers=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["uuid"] == first.json()["uuid"]
    assert other.status_code == other.json()["code"] == 422
    assert "'job-7' stands for another request" in other.json()["message"]


async def test_what_is_finished_makes_room(narrow: Door) -> None:
    async with narrow.client() as alice:
        first, second = await narrow.create(alice), await narrow.create(alice)
        full = await alice.post("/deployments", json=ASKED)
        await narrow.tell(
            DeploymentCompleted(deployment_id=DeploymentId(first), revision=Revision(1), trials=()),
            DeploymentFailed(
                deployment_id=DeploymentId(second), revision=Revision(1), cause=Cause.QUOTA, sentence="No room."
            ),
        )
        after = [await alice.post("/deployments", json=ASKED) for _ in range(2)]

    refused(full)
    assert [answer.status_code for answer in after] == [201, 201]


async def test_a_group_asks_for_so_many_in_a_while(narrow: Door) -> None:
    async with narrow.client() as alice, narrow.client("bob") as bob:
        for user in (alice, alice, alice, bob, bob, bob):
            made = await user.post("/deployments", json=ASKED)
            if made.status_code == 201:
                gone = DeploymentCompleted(
                    deployment_id=DeploymentId(made.json()["uuid"]), revision=Revision(1), trials=()
                )
                await narrow.tell(gone)
        seventh = await bob.post("/deployments", json=ASKED)

    assert "The group 'users' asks for more than" in refused(seventh)


async def test_whoever_proves_nobody_too_often_waits(narrow: Door) -> None:
    async with narrow.as_sent({"authorization": "Bearer nonsense"}) as nobody:
        answers = [await nobody.get("/deployments") for _ in range(4)]

    assert [answer.status_code for answer in answers[:3]] == [401] * 3
    assert "do not prove who asks" in refused(answers[3])


async def test_a_template_larger_than_allowed_is_refused_with_its_limit(postgres: str, keys: Keys) -> None:
    async with a_door(postgres, keys, template_bytes=1000) as door, door.client() as alice:
        answer = await alice.post("/deployments", json={"template": TEMPLATE + "#" * 1000})

    assert answer.status_code in {400, 413}
    assert "1000" in answer.json()["message"]
