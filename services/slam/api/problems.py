"""What slam refuses, in the one shape of the house, with what machines need beside the sentence."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic_core import ErrorDetails

from services.slam.api.schemas import AgreementView, etag
from services.slam.app.refusals import Flaw, Forbidden, Impossible, Stale, Unfit, Unknown
from shared.messaging.transaction import Clock

SHOWN, LENGTH = 20, 60


def show_refusals(clock: Clock, warning: timedelta) -> Callable[[FastAPI], None]:
    """403, 404, 409, 412 and 422. A stale one carries the agreement as it is now, an unfit one each of its flaws."""

    def install(app: FastAPI) -> None:
        @app.exception_handler(Unknown)
        async def unknown(_: Request, problem: Unknown) -> JSONResponse:
            return _answer(404, "Not Found", f"There is no agreement {problem.args[0]!r}.")

        @app.exception_handler(Forbidden)
        async def forbidden(_: Request, problem: Forbidden) -> JSONResponse:
            return _answer(403, "Forbidden", str(problem))

        @app.exception_handler(Impossible)
        async def impossible(_: Request, problem: Impossible) -> JSONResponse:
            return _answer(409, "Conflict", str(problem))

        @app.exception_handler(Stale)
        async def stale(_: Request, problem: Stale) -> JSONResponse:
            current = jsonable_encoder(AgreementView.of(problem.kept, clock(), warning))
            code, title = (412, "Precondition Failed") if problem.precondition else (409, "Conflict")
            answer = _answer(code, title, str(problem), revision=problem.kept.record.revision, current=current)
            answer.headers["ETag"] = etag(problem.kept)
            return answer

        @app.exception_handler(Unfit)
        async def unfit(_: Request, problem: Unfit) -> JSONResponse:
            return _unfit(problem.flaws)

        @app.exception_handler(RequestValidationError)
        async def unreadable(_: Request, problem: RequestValidationError) -> JSONResponse:
            return _unfit([flaw_of(error) for error in problem.errors()])

    return install


def flaw_of(error: ErrorDetails) -> Flaw:
    """What a validator has to say, as what was found where, and what is allowed."""
    place = [str(step) for step in error["loc"] if step != "body"]
    facts = error.get("ctx", {})
    if "allowed" in facts:
        return Flaw(".".join(place), str(facts["found"]), str(facts["allowed"]))
    says = error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    match error["type"]:
        case "missing":
            return Flaw(".".join(place), "nothing", "it must be there")
        case "extra_forbidden":
            return Flaw(".".join(place), "a word that is not known", "to be left out")
        case _:
            return Flaw(".".join(place), _found(error["input"]), says)


def _found(value: object) -> str:
    return "an object" if isinstance(value, dict) else repr(value)[:LENGTH]


def _unfit(flaws: Sequence[Flaw]) -> JSONResponse:
    problems = [{"where": flaw.where, "found": flaw.found, "allowed": flaw.allowed} for flaw in flaws]
    more = [f"and {len(flaws) - SHOWN} more"] if len(flaws) > SHOWN else []
    said = [f"{flaw.where}: found {flaw.found}; allowed: {flaw.allowed}" for flaw in flaws[:SHOWN]]
    return _answer(422, "Unprocessable Entity", "\n".join([*said, *more]), problems=problems[:SHOWN])


def _answer(code: int, title: str, message: str, **more: object) -> JSONResponse:
    return JSONResponse({"code": code, "title": title, "message": message, **more}, code)
