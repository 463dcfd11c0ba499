"""What happens to every request before and after its route: size, trailing slash, request id."""

import uuid

from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 4 * 1024 * 1024


class TooLarge(Exception):
    """The body went on past the limit."""


class Edge:
    """ASGI middleware around the gateway."""

    def __init__(self, app: ASGIApp, max_body: int = MAX_BODY) -> None:
        """`max_body` is in bytes."""
        self._app = app
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if len(path) > 1 and path.endswith("/"):  # clients post to /deployments/ and follow no redirect
            scope = {**scope, "path": path.rstrip("/") or "/"}
        headers = dict(scope["headers"])
        if int(headers.get(b"content-length", b"0") or 0) > self._max_body:
            await self._too_large()(scope, receive, send)
            return
        started = False

        async def answered(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {
                    **message,
                    "headers": [*message["headers"], (b"x-request-id", f"req-{uuid.uuid4()}".encode())],
                }
            await send(message)

        try:
            await self._app(scope, self._counted(receive), answered)
        except TooLarge:
            if not started:
                await self._too_large()(scope, receive, send)

    def _counted(self, receive: Receive) -> Receive:
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._max_body:
                raise TooLarge
            return message

        return counted

    def _too_large(self) -> JSONResponse:
        message = f"The request is larger than {self._max_body} bytes; make the template smaller."
        return JSONResponse({"code": 413, "title": "Content Too Large", "message": message}, 413)
