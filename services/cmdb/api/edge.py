"""What is the same for every route: names with slashes, refusals, request bodies, revisions and who calls."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import unquote

from fastapi import FastAPI, HTTPException, Path, Request
from fastapi.responses import JSONResponse
from pydantic import AfterValidator
from starlette.types import ASGIApp, Receive, Scope, Send

from services.cmdb.domain.assembly import Misfit
from services.cmdb.domain.editing import Editor, Forbidden
from services.cmdb.domain.refusals import NotThere, Stale, Taken
from shared.contracts.topology import Json
from shared.identity.caller import Caller, Identities
from shared.identity.http import who_calls
from shared.runtime.errors import error, install_error_shape

MAX_BODY, MAX_DEPTH = 1024 * 1024, 32
NUL = b"%00"
ETAG = re.compile(r'(?:W/)?"(?P<revision>[0-9]{1,18})"')

Step = Annotated[str, Path(), AfterValidator(unquote)]
"""A part of a path. It may hold any character, a slash as `%2F`."""
WhoMay = Callable[[Request], Awaitable[Caller | None]]


class WholeSteps:
    """Routes see paths as they were sent, so that a name with `%2F` in it stays one step."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the path as it was sent."""
        if scope["type"] == "http" and (NUL in scope.get("raw_path", b"") or NUL in scope.get("query_string", b"")):
            await error(400, "There is a NUL character in the address.")(scope, receive, send)
            return
        if scope["type"] == "http" and scope.get("raw_path"):
            scope = {**scope, "path": scope["raw_path"].split(b"?")[0].decode("latin-1")}
        await self._app(scope, receive, send)


def shape(app: FastAPI) -> None:
    """Errors in the house's shape, the cmdb's own refusals among them, and paths as they were sent."""
    install_error_shape(app)
    for kind in (Forbidden, NotThere, Taken, Stale, Misfit):
        app.add_exception_handler(kind, _refused)
    app.add_middleware(WholeSteps)


def maybe(identities: Identities) -> WhoMay:
    """Who calls, or nobody when no token is shown. A token that proves nothing is refused all the same."""
    prove = who_calls(identities)

    async def caller(request: Request) -> Caller | None:
        return await prove(request) if "authorization" in request.headers else None

    return caller


def editor_of(caller: Caller) -> Editor:
    """The caller as somebody who changes things."""
    return Editor(caller.principal, admin=caller.admin)


async def sent(request: Request) -> dict[str, Json]:
    """The JSON object that was sent. Raises 400 and 413."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY:
            raise HTTPException(413, f"The body is larger than {MAX_BODY // 1024} kB.")
    try:
        document = json.loads(raw.decode())
        text = json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise HTTPException(400, "The body is not JSON in UTF-8.") from None
    if b"\\u0000" in text:
        raise HTTPException(400, "There is a NUL character in the body.")
    if not isinstance(document, dict) or not _is_flat(document):
        raise HTTPException(400, f"The body is not a JSON object, or nested deeper than {MAX_DEPTH} levels.")
    return document


def read_at(request: Request, document: dict[str, Json] | None = None) -> int:
    """The revision that was read before this change: by `If-Match`, or as `revision` in the body. Raises 400, 428."""
    said = None if document is None else document.pop("revision", None)
    header = request.headers.get("if-match")
    if header is not None:
        found = ETAG.fullmatch(header.strip())
        if found is None:
            raise HTTPException(400, "If-Match is not a revision; send the ETag that came with the site.")
        return int(found["revision"])
    if isinstance(said, int) and not isinstance(said, bool):
        return said
    raise HTTPException(428, "Say which revision you read: send its ETag as If-Match, or `revision` in the body.")


def _is_flat(document: Json) -> bool:
    level = [document]
    for _ in range(MAX_DEPTH):
        inside = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [value for values in inside for value in values]
        if not level:
            return True
    return False


async def _refused(request: Request, problem: Exception) -> JSONResponse:
    match problem:
        case Forbidden():
            return error(403, f"{problem}")
        case NotThere():
            return error(404, f"{problem}")
        case Taken():
            return error(409, f"{problem}")
        case Stale():
            return error(412 if "if-match" in request.headers else 409, f"{problem}")
        case Misfit():
            faults = [{"path": fault.path, "message": fault.sentence} for fault in problem.faults]
            return JSONResponse(
                {"code": 422, "title": "Unprocessable Content", "message": f"{problem}", "faults": faults}, 422
            )
        case _:
            raise problem
