"""What the gateway refuses, in the one shape that every client understands."""

import dataclasses

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from services.gateway.app.asking import Forbidden, Refused, Unknown
from services.gateway.domain.tosca import TemplateRefused
from shared.failures import Permanent


def show_refusals(app: FastAPI) -> None:
    """Answer the gateway's own exceptions: unknown deployment, wrong state, refused template, too large a request."""

    @app.exception_handler(Unknown)
    async def unknown(_: Request, problem: Unknown) -> JSONResponse:
        return _answer(404, "Not Found", f"The deployment <{problem.args[0]}> doesn't exist")

    @app.exception_handler(Forbidden)
    async def not_allowed(_: Request, problem: Forbidden) -> JSONResponse:
        return _answer(403, "Forbidden", str(problem))

    @app.exception_handler(Refused)
    async def in_no_state(_: Request, problem: Refused) -> JSONResponse:
        return _answer(409, "Conflict", str(problem))

    @app.exception_handler(TemplateRefused)
    async def refused(_: Request, problem: TemplateRefused) -> JSONResponse:
        problems = [dataclasses.asdict(one) for one in problem.problems]
        lines = "\n".join(f"line {one.line}: {one.message}" if one.line else one.message for one in problem.problems)
        warnings = [dataclasses.asdict(one) for one in problem.warnings]
        message = f"The template cannot be used:\n{lines}"
        return _answer(400, "Bad Request", message, kind=problem.kind, problems=problems, warnings=warnings)

    @app.exception_handler(Permanent)
    async def too_much(_: Request, problem: Permanent) -> JSONResponse:
        return _answer(413, "Content Too Large", str(problem))


def _answer(code: int, title: str, message: str, **more: object) -> JSONResponse:
    return JSONResponse({"code": code, "title": title, "message": message, **more}, code)
