"""One body for every error a service answers with: `{"code": int, "title": str, "message": str}`.

The framework's own refusals and our bugs have it too. No message shows a value that was sent or anything of our inside.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from shared.failures import Transient
from shared.messaging.database import is_passing

log = logging.getLogger(__name__)
RETRY_SECONDS = 5
SHOWN = 20


def install_error_shape(app: FastAPI) -> None:
    """Every error of `app` gets the body: raised by a route, by the framework, or by nobody's intention.

    What the caller sent and we cannot read is 400. What passes (a database that is away, `failures.Transient`) is 503
    with `Retry-After`. All else that nobody caught is 500, and the server logs it whole.
    """
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(ResponseValidationError, _broken)
    for passing in (Transient, DBAPIError, OSError):
        app.add_exception_handler(passing, _passing)
    app.add_exception_handler(Exception, _broken)


def error(code: int, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An error as every service answers it; `code` is the HTTP status."""
    body = {"code": code, "title": _title(code), "message": message}
    return JSONResponse(body, code, headers)


async def _refused(request: Request, problem: Exception) -> JSONResponse:
    if not isinstance(problem, HTTPException):
        raise problem
    said = str(problem.detail or "")
    if said in ("", _title(problem.status_code)):
        said = _own_words(request, problem)
    return error(problem.status_code, said, problem.headers)


def _own_words(request: Request, problem: HTTPException) -> str:
    match problem.status_code:
        case HTTPStatus.NOT_FOUND:
            return f"There is nothing at {request.url.path}."
        case HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = (problem.headers or {}).get("Allow") or "another method"
            return f"{request.method} is not for {request.url.path}; allowed: {allowed}."
        case code:
            return f"{_title(code)}."


async def _unreadable(_request: Request, problem: Exception) -> JSONResponse:
    if not isinstance(problem, RequestValidationError):
        raise problem
    found = [f"{_place(error['loc'])}: {error['msg']}" for error in problem.errors()]
    more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return error(HTTPStatus.BAD_REQUEST, "; ".join([*found[:SHOWN], *more]))


async def _passing(request: Request, problem: Exception) -> JSONResponse:
    if isinstance(problem, Transient):
        said, after = str(problem), problem.retry_after
    elif is_passing(problem):
        said, after = "Something this service needs is not there right now. Try again in a moment.", None
    else:
        raise problem
    log.warning("%s %s: %s", request.method, request.url.path, type(problem).__name__)
    seconds = max(1, round(after.total_seconds())) if after else RETRY_SECONDS
    return error(HTTPStatus.SERVICE_UNAVAILABLE, said, {"Retry-After": str(seconds)})


async def _broken(request: Request, problem: Exception) -> JSONResponse:
    log.error("%s %s failed", request.method, request.url.path, exc_info=problem)
    return error(HTTPStatus.INTERNAL_SERVER_ERROR, "This is a fault of the service, not yours; it has been logged.")


def _title(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return "Error"


def _place(loc: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in loc) or "request"
