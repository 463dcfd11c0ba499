"""The public API of the gateway, as this command needs it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

STREAM_TIMEOUT = httpx.Timeout(10.0, read=60.0)


class Refused(Exception):
    """The gateway said no; the text is its own."""


class Gateway:
    """One gateway, as one user. Every method raises `Refused` with the gateway's sentence, or `httpx.HTTPError`."""

    def __init__(self, url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        """`transport` is for tests."""
        headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
        self._client = httpx.Client(base_url=url, headers=headers, transport=transport, timeout=30.0)

    def create(self, template: str, parameters: Mapping[str, Any], group: str | None) -> dict[str, Any]:
        """Ask for a deployment."""
        body = {"template": template, "parameters": dict(parameters)} | ({"userGroup": group} if group else {})
        return self._json("POST", "/deployments", json=body)

    def deployments(self, size: int) -> list[dict[str, Any]]:
        """The newest deployments."""
        found: list[dict[str, Any]] = self._json("GET", "/deployments", params={"size": size})["content"]
        return found

    def show(self, deployment: str) -> dict[str, Any]:
        """One deployment."""
        return self._json("GET", f"/deployments/{deployment}")

    def delete(self, deployment: str, *, force: bool) -> None:
        """Ask for a deployment to go."""
        self._checked(self._client.delete(f"/deployments/{deployment}", params={"force": force}))

    def follow(self, deployment: str) -> Iterator[dict[str, Any]]:
        """The timeline from its beginning, as it happens; picks up where it broke off."""
        seen = 0
        while True:
            headers = {"accept": "text/event-stream", "last-event-id": str(seen)}
            address = f"/deployments/{deployment}/timeline"
            try:
                with self._client.stream("GET", address, headers=headers, timeout=STREAM_TIMEOUT) as answer:
                    if answer.is_error:
                        answer.read()
                    self._checked(answer)
                    for line in answer.iter_lines():
                        if line.startswith("data:"):
                            entry: dict[str, Any] = json.loads(line.removeprefix("data:"))
                            seen = entry["seq"]
                            yield entry
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.ReadTimeout):
                continue

    def _json(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._checked(self._client.request(method, path, **more)).json()
        return answer

    @staticmethod
    def _checked(answer: httpx.Response) -> httpx.Response:
        if answer.is_error:
            try:
                said = answer.json()
                raise Refused(f"{said['title']} [{said['code']}]: {said['message']}")
            except (ValueError, KeyError, TypeError):
                raise Refused(f"{answer.status_code} from {answer.url}") from None
        return answer
