"""A place on loopback where callbacks are told, and a gateway that may go there."""

import json
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response

LOOPBACK = ["127.0.0.0/8"]


@dataclass
class Receiver:
    """Keeps what it was told; answers with the statuses it was given, in turn, and with 204 after them."""

    answers: list[int] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)

    @property
    def told(self) -> list[dict[str, Any]]:
        """The bodies, in the order in which they came."""
        return [json.loads(body) for body in self.raw]

    def application(self) -> FastAPI:
        """The ASGI application; it takes anything anywhere."""
        app = FastAPI()

        @app.api_route("/{path:path}", methods=["POST", "GET"])
        async def take(path: str, request: Request) -> Response:
            self.headers.append(dict(request.headers))
            self.raw.append((await request.body()).decode())
            code = self.answers.pop(0) if self.answers else 204
            return Response(status_code=code, headers={"location": "http://169.254.169.254/"} if code == 302 else {})

        return app
