"""Every route that is described refuses in the one shape whoever may not come in, and whatever is no request to it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx

from embedded.keys import Keys
from tests.component.gateway.door import Door, a_door

OPEN = {"/", "/info", "/.well-known/jwks.json"}
METHODS = {"DELETE", "GET", "PATCH", "POST", "PUT"}
ALSO = {"/templates/validate": {"GET"}}
"""What is a path of its own and also one with a name in it."""


class Route(NamedTuple):
    """A path with something in the place of its parameters, and what is described there."""

    path: str
    methods: set[str]
    takes_body: set[str]


def routes(description: dict[str, Any]) -> Iterator[Route]:
    """Those of a description."""
    for path, operations in description["paths"].items():
        filled = path
        for name in ("deployment", "resource", "plan", "schedule", "name", "service", "webhook"):
            filled = filled.replace(f"{{{name}}}", "nowhere")
        assert "{" not in filled
        bodies = {method.upper() for method, operation in operations.items() if "requestBody" in operation}
        yield Route(filled, {method.upper() for method in operations} | ALSO.get(path, set()), bodies)


def is_whole(answer: httpx.Response, code: int) -> bool:
    """Whether a refusal has what every client needs."""
    body = answer.json()
    texts = all(isinstance(body.get(name), str) and body[name] for name in ("title", "message", "detail", "requestId"))
    return answer.status_code == body["code"] == body["status"] == code and texts and "x-request-id" in answer.headers


async def test_nobody_comes_in_without_a_token_by_any_route(postgres: str, keys: Keys) -> None:
    async with a_door(postgres, keys, limits={"stranger_per_second": 0}) as door, door.as_sent({}) as nobody:
        described = list(routes((await nobody.get("/openapi.json")).json()))
        for route in described:
            for method in sorted(route.methods) if route.path not in OPEN else ():
                for path in (route.path, f"{route.path}/"):
                    answer = await nobody.request(method, path, json={} if method in route.takes_body else None)
                    assert is_whole(answer, 401), (method, path, answer.text)
                    assert answer.headers["www-authenticate"] == "Bearer"
                    assert answer.json()["error_description"] == answer.json()["message"]

    assert len(described) > 20


async def test_a_method_that_is_not_described_is_refused_with_those_that_are(door: Door) -> None:
    async with door.client() as alice:
        for route in routes((await alice.get("/openapi.json")).json()):
            for method in sorted(METHODS - route.methods):
                answer = await alice.request(method, route.path)
                assert is_whole(answer, 405), (method, route.path, answer.text)
                assert set(answer.headers["allow"].split(", ")) == route.methods, route.path


async def test_a_body_that_is_no_json_is_refused_by_every_route_that_takes_one(door: Door) -> None:
    async with door.client() as alice:
        for route in routes((await alice.get("/openapi.json")).json()):
            for method in sorted(route.takes_body):
                form = await alice.request(method, route.path, data={"a": "b"})
                cut = await alice.request(
                    method, route.path, content=b'{"a"', headers={"content-type": "application/json"}
                )
                assert is_whole(form, 415), (method, route.path, form.text)
                assert is_whole(cut, 400), (method, route.path, cut.text)
