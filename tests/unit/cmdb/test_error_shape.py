"""Errors of any service, asked in process: no socket is opened."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from shared.failures import Transient
from shared.runtime.errors import install_error_shape


class Body(BaseModel):
    number: int


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    install_error_shape(app)

    @app.get("/teapot")
    async def teapot() -> None:
        raise HTTPException(418, "I am a teapot.", headers={"X-Kind": "china"})

    @app.post("/numbers")
    async def numbers(body: Body) -> Body:
        return body

    @app.get("/bug")
    async def bug() -> None:
        raise KeyError("the inside of the service")

    @app.get("/away")
    async def away() -> None:
        raise ConnectionRefusedError(111, "Connect call failed ('10.1.2.3', 5432)")

    @app.get("/busy")
    async def busy() -> None:
        raise Transient("The site has no time for us.")

    @app.get("/wrong", response_model=Body)
    async def wrong() -> dict[str, str]:
        return {"number": "none"}

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


async def test_a_routes_own_refusal_keeps_its_words_and_headers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/teapot")
    assert (answer.status_code, answer.headers["x-kind"]) == (418, "china")
    assert answer.json() == {"code": 418, "title": "I'm a Teapot", "message": "I am a teapot."}


async def test_an_unknown_address_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere")
    assert answer.json() == {"code": 404, "title": "Not Found", "message": "There is nothing at /nowhere."}


async def test_a_wrong_method_says_which_is_right(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/teapot")
    assert answer.headers["allow"] == "GET"
    assert answer.json()["code"] == 405
    assert answer.json()["message"] == "DELETE is not for /teapot; allowed: GET."


@pytest.mark.parametrize("sent", [b'{"number": "my-secret-token"}', b"{}", b"", b"{not json", b"[1]"])
async def test_what_cannot_be_read_is_400_and_not_repeated(client: httpx.AsyncClient, sent: bytes) -> None:
    answer = await client.post("/numbers", content=sent, headers={"content-type": "application/json"})
    body = answer.json()
    assert (answer.status_code, body["code"], body["title"]) == (400, 400, "Bad Request")
    assert body["message"].startswith("body")
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/bug", "/wrong"])
async def test_a_bug_shows_nothing_of_our_inside(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.json()["code"] == answer.status_code == 500
    assert answer.json()["title"] == "Internal Server Error"
    assert "inside" not in answer.text
    assert "none" not in answer.text


async def test_what_is_away_for_now_is_worth_another_try(client: httpx.AsyncClient) -> None:
    answer = await client.get("/away")
    assert answer.json()["code"] == answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "10.1.2.3" not in answer.text


async def test_a_passing_failure_says_its_sentence(client: httpx.AsyncClient) -> None:
    answer = await client.get("/busy")
    assert (answer.status_code, answer.json()["message"]) == (503, "The site has no time for us.")
