"""What the gateway refuses, in the one shape that every client understands."""

import dataclasses
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError

from services.gateway.api.answers import Handler, answered, refusal
from services.gateway.app.asking import Forbidden, KeyTaken, Overtaken, Refused, Stale, Unknown
from services.gateway.app.resources import Unfit
from services.gateway.domain.tosca import TemplateRefused
from shared.failures import Permanent

AT_ONCE = {"Retry-After": "0"}
OVERTAKEN = {"40001", "40P01", "55P03"}
"""SQLSTATE of a transaction that lost against another: serialization failure, deadlock, lock not available."""
UNSTORABLE = "22"
"""SQLSTATE class of values that no column takes, such as a text with a NUL in it."""


class Awkward(Exception):
    """The request says something that cannot be meant; the text says what."""


CODES: Mapping[type[Exception], int] = {
    Awkward: 400,
    Unfit: 400,
    Forbidden: 403,
    Overtaken: 409,
    Refused: 409,
    Stale: 412,
    Permanent: 413,
    KeyTaken: 422,
}
"""What is answered with what it says of itself."""


def show_refusals(app: FastAPI) -> None:
    """Answer the gateway's own exceptions."""
    for kind, code in CODES.items():
        app.add_exception_handler(kind, _Saying(code).answer)
    _show_unknown(app)
    _show_refused_templates(app)
    passing: Handler | None = app.exception_handlers.get(DBAPIError)

    @app.exception_handler(DBAPIError)
    async def store(request: Request, problem: DBAPIError) -> Response:
        state = str(getattr(problem.orig, "sqlstate", None) or "")
        if state in OVERTAKEN:
            sentence = "The request couldn't be fulfilled because of a concurrent update. Please retry later"
            return refusal(request, 409, sentence, AT_ONCE)
        if state.startswith(UNSTORABLE):
            return refusal(request, 400, "The request holds a text or number that cannot be kept.")
        if passing is None:
            raise problem
        return await answered(passing, request, problem)


def _show_unknown(app: FastAPI) -> None:
    @app.exception_handler(Unknown)
    async def unknown(request: Request, problem: Unknown) -> JSONResponse:
        if len(problem.args) > 1:
            resource, deployment = problem.args
            return refusal(request, 404, f"The resource <{resource}> in deployment <{deployment}> doesn't exist")
        return refusal(request, 404, f"The deployment <{problem.args[0]}> doesn't exist")


def _show_refused_templates(app: FastAPI) -> None:
    @app.exception_handler(TemplateRefused)
    async def refused(request: Request, problem: TemplateRefused) -> JSONResponse:
        problems = [dataclasses.asdict(one) for one in problem.problems]
        lines = "\n".join(f"line {one.line}: {one.message}" if one.line else one.message for one in problem.problems)
        warnings = [dataclasses.asdict(one) for one in problem.warnings]
        message = f"The template cannot be used:\n{lines}"
        return refusal(request, 400, message, kind=problem.kind, problems=problems, warnings=warnings)


class _Saying:
    """Answers with a code and what the problem says of itself."""

    def __init__(self, code: int) -> None:
        self._code = code

    async def answer(self, request: Request, problem: Exception) -> JSONResponse:
        return refusal(request, self._code, str(problem), AT_ONCE if isinstance(problem, Overtaken) else None)
