"""What happens to every request before and after its route: id, size, sort of body, trailing slash."""

import re
import uuid
from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.api.addresses import Networks, believing
from services.gateway.api.answers import REQUEST_ID, refusal

MAX_BODY = 4 * 1024 * 1024
WITH_BODY = {"POST", "PUT", "PATCH"}
JSON_TYPE = re.compile(rb"application/([\w.-]+\+)?json\s*(;|$)", re.IGNORECASE)
LENGTH = b"content-length"
TYPE = b"content-type"


class TooLarge(Exception):
    """The body went on past the limit."""


class Edge:
    """ASGI middleware around the gateway."""

    def __init__(self, app: ASGIApp, max_body: int = MAX_BODY, trusted: Networks = ()) -> None:
        """`max_body` is in bytes; `trusted` are the networks of the proxies that are believed."""
        self._app = app
        self._trusted = trusted
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        known_as = f"req-{uuid.uuid4()}"
        scope.setdefault("state", {})["request_id"] = known_as
        scope = believing(scope, self._trusted)
        path = scope["path"]
        if len(path) > 1 and path.endswith("/"):  # clients post to /deployments/ and follow no redirect
            scope = {**scope, "path": path.rstrip("/") or "/"}
        started = False

        async def answered(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": [*message["headers"], (REQUEST_ID.encode(), known_as.encode())]}
            await send(message)

        if (unfit := self._unfit(scope)) is not None:
            await unfit(scope, receive, answered)
            return
        try:
            await self._app(scope, self._counted(receive), answered)
        except TooLarge:
            if not started:
                await self._too_large(scope)(scope, receive, answered)

    def _unfit(self, scope: Scope) -> JSONResponse | None:
        """The refusal of a body that is not worth reading. A body without a type is taken for JSON."""
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        length = headers.get(LENGTH, b"0")
        if length.isdigit() and int(length) > self._max_body:
            return self._too_large(scope)
        if scope["method"] not in WITH_BODY:
            return None
        if TYPE not in headers:
            scope["headers"] = [*scope["headers"], (TYPE, b"application/json")]
        elif not JSON_TYPE.match(headers[TYPE].strip()):
            return refusal(Request(scope), 415, "Send JSON, with the header `Content-Type: application/json`.")
        return None

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

    def _too_large(self, scope: Scope) -> JSONResponse:
        message = f"The request is larger than {self._max_body} bytes; make the template smaller."
        return refusal(Request(scope), 413, message)
