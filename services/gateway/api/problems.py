"""What the gateway refuses, in the one shape that every client understands."""

import dataclasses

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


def show_refusals(app: FastAPI) -> None:
    """Answer the gateway's own exceptions."""
    _show_states(app)
    _show_faults(app)
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


def _show_states(app: FastAPI) -> None:
    @app.exception_handler(Unknown)
    async def unknown(request: Request, problem: Unknown) -> JSONResponse:
        if len(problem.args) > 1:
            resource, deployment = problem.args
            return refusal(request, 404, f"The resource <{resource}> in deployment <{deployment}> doesn't exist")
        return refusal(request, 404, f"The deployment <{problem.args[0]}> doesn't exist")

    @app.exception_handler(Forbidden)
    async def not_allowed(request: Request, problem: Forbidden) -> JSONResponse:
        return refusal(request, 403, str(problem))

    @app.exception_handler(Refused)
    async def in_no_state(request: Request, problem: Refused) -> JSONResponse:
        return refusal(request, 409, str(problem))

    @app.exception_handler(KeyTaken)
    async def key_taken(request: Request, problem: KeyTaken) -> JSONResponse:
        return refusal(request, 422, str(problem))

    @app.exception_handler(Overtaken)
    async def overtaken(request: Request, problem: Overtaken) -> JSONResponse:
        return refusal(request, 409, str(problem), AT_ONCE)

    @app.exception_handler(Stale)
    async def stale(request: Request, problem: Stale) -> JSONResponse:
        return refusal(request, 412, str(problem))


def _show_faults(app: FastAPI) -> None:
    @app.exception_handler(Unfit)
    async def unfit(request: Request, problem: Unfit) -> JSONResponse:
        return refusal(request, 400, str(problem))

    @app.exception_handler(Awkward)
    async def awkward(request: Request, problem: Awkward) -> JSONResponse:
        return refusal(request, 400, str(problem))

    @app.exception_handler(TemplateRefused)
    async def refused(request: Request, problem: TemplateRefused) -> JSONResponse:
        problems = [dataclasses.asdict(one) for one in problem.problems]
        lines = "\n".join(f"line {one.line}: {one.message}" if one.line else one.message for one in problem.problems)
        warnings = [dataclasses.asdict(one) for one in problem.warnings]
        message = f"The template cannot be used:\n{lines}"
        return refusal(request, 400, message, kind=problem.kind, problems=problems, warnings=warnings)

    @app.exception_handler(Permanent)
    async def too_much(request: Request, problem: Permanent) -> JSONResponse:
        return refusal(request, 413, str(problem))
