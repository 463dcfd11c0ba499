"""Whom the demo talks to: the gateway as any client does, and IM to check the gateway's word."""

import json
from collections.abc import Iterator, Mapping

import httpx

from shared.contracts.topology import Json

_SECONDS = 30.0


class Refusal(Exception):
    """The other side said no, or nothing."""


class Gateway:
    """The public API with one user's token."""

    def __init__(self, url: str, token: str) -> None:
        self._client = _client(url, f"Bearer {token}")

    def create(self, template: str, parameters: Mapping[str, object]) -> str:
        """The id of a new deployment."""
        return str(
            self._ask("POST", "/deployments", json={"template": template, "parameters": dict(parameters)})["uuid"]
        )

    def show(self, deployment: str) -> dict[str, Json]:
        """A deployment as its user sees it."""
        return dict(self._ask("GET", f"/deployments/{deployment}"))

    def delete(self, deployment: str) -> None:
        """Ask for the deployment to go."""
        self._ask("DELETE", f"/deployments/{deployment}")

    def timeline(self, deployment: str, after: int) -> Iterator[dict[str, Json]]:
        """The entries after that number, as they happen. Raises `Refusal` when the stream breaks."""
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
        try:
            with self._client.stream("GET", f"/deployments/{deployment}/timeline", headers=headers) as stream:
                stream.raise_for_status()
                for line in stream.iter_lines():
                    if line.startswith("data:"):
                        yield json.loads(line.removeprefix("data:"))
        except httpx.HTTPError as problem:
            raise Refusal(f"the timeline ended: {problem!r}") from problem

    def _ask(self, method: str, path: str, **more: Json) -> Json:
        return _answer(self._client, method, path, **more)


class Manager:
    """The Infrastructure Manager with the same user's token."""

    def __init__(self, url: str, token: str) -> None:
        self._client = _client(url, f"id = im; type = InfrastructureManager; token = {token}")

    def infrastructures(self) -> set[str]:
        """The addresses of all that the user has there."""
        return {entry["uri"] for entry in _answer(self._client, "GET", "/infrastructures")["uri-list"]}


def _client(url: str, authorization: str) -> httpx.Client:
    headers = {"Authorization": authorization, "Accept": "application/json"}
    return httpx.Client(base_url=url, headers=headers, timeout=_SECONDS, trust_env=False)


def _answer(client: httpx.Client, method: str, path: str, **more: Json) -> Json:
    try:
        answer = client.request(method, path, **more)
    except httpx.HTTPError as problem:
        raise Refusal(f"{method} {client.base_url}{path}: {problem!r}") from problem
    if answer.is_error:
        raise Refusal(f"{method} {answer.url} answered {answer.status_code}: {answer.text[:2000]}")
    return answer.json() if answer.content else None
