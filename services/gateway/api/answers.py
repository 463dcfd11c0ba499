"""The one body in which the gateway refuses anything: every client of the field finds in it what it looks for.

`code`, `title` and `message` are what INDIGO clients read, the others are RFC 9457's; `error` and `error_description`
are OAuth's and stand beside them where a token is refused.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.routing import BaseRoute, Match

REQUEST_ID = "x-request-id"
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
UNKNOWN_TYPE = "about:blank"
Handler = Callable[[Request, Exception], Response | Awaitable[Response]]


def refusal(
    request: Request, code: int, message: str, headers: Mapping[str, str] | None = None, **more: object
) -> JSONResponse:
    """The answer. `more` are members of its own."""
    said = message.encode(errors="replace").decode()
    body: dict[str, object] = {"code": code, "title": HTTPStatus(code).phrase, "message": said, **more}
    return JSONResponse(body | _members(request, code, said), code, headers)


def say_the_same_everywhere(app: FastAPI) -> None:
    """Give every refusal that `app` knows by now the whole body."""
    for kind, handler in list(app.exception_handlers.items()):
        app.add_exception_handler(kind, _whole(handler))


def _members(request: Request, code: int, message: str) -> dict[str, object]:
    members: dict[str, object] = {"type": UNKNOWN_TYPE, "status": code, "detail": message}
    members["instance"] = request.scope["path"].encode(errors="replace").decode()
    members["requestId"] = request_id(request)
    if code == HTTPStatus.UNAUTHORIZED:
        members |= {"error": "invalid_token", "error_description": message}
    return members


def request_id(request: Request) -> str:
    """The id under which this request is known; see `edge`."""
    return str(request.scope.get("state", {}).get("request_id", ""))


def _whole(handler: Handler) -> Handler:
    async def answer(request: Request, problem: Exception) -> Response:
        if isinstance(problem, StarletteHTTPException) and problem.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            problem = HTTPException(problem.status_code, headers={"Allow": ", ".join(_methods(request))})
        response = await answered(handler, request, problem)
        return _fuller(request, response) if isinstance(response, JSONResponse) else response

    return answer


async def answered(handler: Handler, request: Request, problem: Exception) -> Response:
    """What a handler answers; the framework lets it be a coroutine or not."""
    given = handler(request, problem)
    return given if isinstance(given, Response) else await given


def _fuller(request: Request, response: JSONResponse) -> JSONResponse:
    body = json.loads(bytes(response.body))
    kept = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
    if response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:  # nothing of ours is around the last resort
        kept[REQUEST_ID] = request_id(request)
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        kept.setdefault("www-authenticate", "Bearer")
    members = _members(request, response.status_code, str(body.get("message", "")))
    return JSONResponse(body | members, response.status_code, kept)


def _methods(request: Request) -> list[str]:
    """What is allowed here. The framework names the methods of the first route that it finds."""
    asked = [(method, {**request.scope, "method": method}) for method in METHODS]
    routes: list[BaseRoute] = request.app.routes
    return [method for method, scope in asked if any(route.matches(scope)[0] is Match.FULL for route in routes)]
