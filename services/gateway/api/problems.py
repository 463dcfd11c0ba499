"""What the gateway refuses, in the one shape that every client understands."""

import dataclasses

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from services.gateway.app.accept import Unknown
from services.gateway.domain.tosca import TemplateRefused
from shared.failures import Permanent
from shared.messaging.database import is_passing


def show_refusals(app: FastAPI) -> None:
    """Answer the gateway's own exceptions: unknown deployment, refused template, too large a request, store away."""

    @app.exception_handler(Unknown)
    async def unknown(_: Request, problem: Unknown) -> JSONResponse:
        return _answer(404, "Not Found", f"The deployment <{problem.args[0]}> doesn't exist")

    @app.exception_handler(TemplateRefused)
    async def refused(_: Request, problem: TemplateRefused) -> JSONResponse:
        problems = [dataclasses.asdict(one) for one in problem.problems]
        lines = "\n".join(f"line {one.line}: {one.message}" if one.line else one.message for one in problem.problems)
        return _answer(400, "Bad Request", f"The template cannot be used:\n{lines}", problems=problems)

    @app.exception_handler(Permanent)
    async def too_much(_: Request, problem: Permanent) -> JSONResponse:
        return _answer(413, "Content Too Large", str(problem))

    @app.exception_handler(SQLAlchemyError)
    async def store_away(_: Request, problem: SQLAlchemyError) -> JSONResponse:
        return _away() if is_passing(problem) or isinstance(problem, PoolTimeout) else _broken()

    @app.exception_handler(OSError)
    async def nobody_there(_: Request, __: OSError) -> JSONResponse:
        return _away()


def _away() -> JSONResponse:
    message = "The store is not available right now; nothing was accepted. Try again in a moment."
    return _answer(503, "Service Unavailable", message, headers={"Retry-After": "5"})


def _broken() -> JSONResponse:
    return _answer(500, "Internal Server Error", "Something went wrong inside; it has been logged.")


def _answer(
    code: int, title: str, message: str, *, headers: dict[str, str] | None = None, **more: object
) -> JSONResponse:
    return JSONResponse({"code": code, "title": title, "message": message, **more}, code, headers)
