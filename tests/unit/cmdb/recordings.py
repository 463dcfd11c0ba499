"""Answers of real services, written down and given again. `recorded/README.md` says from which versions they are."""

import json
from collections import defaultdict
from pathlib import Path

import httpx

from shared.contracts.topology import Json

FOLDER = Path(__file__).parent / "recorded"
TOKEN, KEY = "X-Subject-Token", "X-Auth-Token"
KEPT_HEADERS = (TOKEN, "Content-Type", "Location", "Retry-After")


class Replay(httpx.AsyncBaseTransport):
    """Answers as was answered, in the order in which the same was asked. What nobody asked then is refused."""

    def __init__(self, name: str) -> None:
        self.asked: list[str] = []
        self._answers: dict[str, list[Json]] = defaultdict(list)
        for exchange in json.loads((FOLDER / f"{name}.json").read_text("utf-8")):
            self._answers[exchange["asked"]].append(exchange)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = _asked(request, request.headers.get(KEY))
        self.asked.append(asked)
        answers = self._answers.get(asked)
        if not answers:
            raise AssertionError(f"nobody asked this when the answers were recorded: {asked}")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        content = answer["text"].encode() if "text" in answer else json.dumps(answer["json"]).encode()
        return httpx.Response(answer["status"], headers=answer["headers"], stream=httpx.ByteStream(content))


class Recorder(httpx.AsyncBaseTransport):
    """Passes on to a real service and keeps what it answers. Tokens become `token-1`, `token-2`, …"""

    def __init__(self) -> None:
        self._exchanges: list[Json] = []
        self._tokens: dict[str, str] = {}
        self._real = httpx.AsyncHTTPTransport(verify=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._real.handle_async_request(request)
        content = await response.aread()
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        if TOKEN in headers:
            headers[TOKEN] = self._tokens.setdefault(headers[TOKEN], f"token-{len(self._tokens) + 1}")
        key = request.headers.get(KEY)
        said: Json = {"asked": _asked(request, self._tokens.get(key) if key else None), "status": response.status_code}
        try:
            said |= {"headers": headers, "json": json.loads(content)}
        except ValueError:
            said |= {"headers": headers, "text": content.decode("utf-8")}
        self._exchanges.append(said)
        return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(content))

    def keep(self, name: str) -> None:
        """Write down what was answered, in an order that does not depend on the minute."""
        exchanges = sorted(self._exchanges, key=lambda exchange: exchange["asked"])
        text = json.dumps(exchanges, indent=1, ensure_ascii=False, sort_keys=True)
        (FOLDER / f"{name}.json").write_text(text + "\n", "utf-8")


def _asked(request: httpx.Request, token: str | None) -> str:
    parts = [request.method, str(request.url)]
    if token:
        parts.append(f"as {token}")
    if "form" in request.headers.get("Content-Type", ""):
        parts.append(request.content.decode("ascii"))
    return " ".join(parts)
