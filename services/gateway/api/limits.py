"""Who asks too often waits; who sends or reads too slowly is let go."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from fastapi import FastAPI, HTTPException, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.api.answers import refusal
from services.gateway.app.errand import errand
from services.gateway.app.limits import TooMany, Turnstile
from shared.identity.caller import Caller

BODY_SECONDS, SEND_SECONDS = 30.0, 60.0


class TooSlow(Exception):
    """The body did not come in time."""


class Patience:
    """ASGI middleware: a body must come within so many seconds, and each piece of an answer be taken."""

    def __init__(self, app: ASGIApp, body_seconds: float = BODY_SECONDS, send_seconds: float = SEND_SECONDS) -> None:
        """Reading what is expected of a client that has nothing more to send is not bounded: it may wait for events."""
        self._app = app
        self._body_seconds = body_seconds
        self._send_seconds = send_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def taken(message: Message) -> None:
            nonlocal started
            started = True
            async with asyncio.timeout(self._send_seconds):
                await send(message)

        try:
            await self._app(scope, self._hurried(receive), taken)
        except TooSlow:
            if not started:
                sentence = f"The body did not come within {self._body_seconds:g} seconds; send it again, faster."
                headers = {"Retry-After": "1", "Connection": "close"}
                await refusal(Request(scope), 408, sentence, headers)(scope, receive, taken)

    def _hurried(self, receive: Receive) -> Receive:
        whole = False
        until: float | None = None

        async def hurried() -> Message:
            nonlocal whole, until
            if whole:
                return await receive()
            until = until or asyncio.get_running_loop().time() + self._body_seconds
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise TooSlow from None
            whole = not message.get("more_body", False)
            return message

        return hurried


def known(
    who_calls: Callable[[Request], Awaitable[Caller]], turnstile: Turnstile
) -> Callable[[Request], Awaitable[Caller]]:
    """Who calls, known to the whole request; who asks too often, or proves nothing too often, is refused."""

    async def caller(request: Request) -> Caller:
        try:
            found = await who_calls(request)
        except HTTPException as problem:
            if problem.status_code == HTTPStatus.UNAUTHORIZED:
                turnstile.failed(errand().client)
            raise
        errand().caller = found
        turnstile.request(found.principal)
        return found

    return caller


def show_too_many(app: FastAPI) -> None:
    """429 with the seconds after which it is worth asking again."""

    @app.exception_handler(TooMany)
    async def later(request: Request, problem: TooMany) -> Response:
        return refusal(request, 429, str(problem), {"Retry-After": str(problem.seconds)})
