"""The command is a client like any other: it says what the gateway says, and its exit status can be believed."""

import json

import httpx
import pytest

from cli.client import Gateway, Refused

ENTRIES = [
    {"seq": 1, "type": "DeploymentRequested", "source": "gateway", "sentence": "Deployment requested.", "time": "t"},
    {"seq": 2, "type": "DeploymentCompleted", "source": "deployer", "sentence": "Complete.", "time": "t"},
]


def a_gateway(answer: httpx.Response) -> Gateway:
    """A gateway that always says the same."""
    return Gateway("http://gateway", "secret", httpx.MockTransport(lambda _: answer))


def test_a_refusal_is_told_in_the_gateways_own_words() -> None:
    body = {"code": 403, "title": "Forbidden", "message": "You are not a member."}

    with pytest.raises(Refused, match=r"Forbidden \[403\]: You are not a member\."):
        a_gateway(httpx.Response(403, json=body)).show("d-1")


def test_an_error_page_of_something_in_between_is_a_refusal_too() -> None:
    with pytest.raises(Refused, match="502"):
        a_gateway(httpx.Response(502, text="<html>")).show("d-1")


def test_the_timeline_is_followed_from_where_it_broke_off() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["last-event-id"])
        entry = ENTRIES[len(asked) - 1]
        return httpx.Response(200, text=f"id: {entry['seq']}\ndata: {json.dumps(entry)}\n\n")

    followed = Gateway("http://gateway", "secret", httpx.MockTransport(answer)).follow("d-1")

    assert [next(followed)["seq"], next(followed)["seq"]] == [1, 2]
    assert asked == ["0", "1"]
