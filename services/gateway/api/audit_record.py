"""Records what no transaction of its own records: what was refused, what was shown, what was looked at by others."""

import re
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.app.audit import Trail
from services.gateway.app.errand import CURRENT, Errand
from services.gateway.domain.authority import Standing
from services.gateway.domain.redaction import redacted_text
from shared.contracts.audit import Deed, Doing, Outcome
from shared.messaging.transaction import Clock

LONGEST = 300
ABOUT = re.compile(r"^/(?P<kind>[a-z.-]+)(?:/(?P<id>[^/]+))?(?P<rest>/.*)?$")
OF_DEPLOYMENTS = {"POST": Doing.CREATE, "PUT": Doing.UPDATE, "PATCH": Doing.RESET, "DELETE": Doing.DELETE}
RECORDED_ELSEWHERE = {Doing.CREATE, Doing.UPDATE, Doing.DELETE, Doing.RESET, Doing.ACT, Doing.OPEN_VAULT}
"""Written in the transaction that does it, or by what opens the vault."""
CHANGES_NOTHING = ("/templates", "/validate", "/configuration")
UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


class Asked(NamedTuple):
    """What a request is, before anybody knows what becomes of it."""

    doing: Doing
    about: str


class Recorder:
    """ASGI middleware: the errand of every request, and the entries of the audit trail that follow from its answer."""

    def __init__(self, app: ASGIApp, trail: Trail, clock: Clock) -> None:
        """`trail` must be running for what was refused to be written."""
        self._app = app
        self._trail = trail
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        errand = _errand(scope)
        CURRENT.set(errand)
        answered = False

        async def recorded(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start" and not answered:
                answered = True
                await self._record(scope, errand, message["status"])
            await send(message)

        try:
            await self._app(scope, receive, recorded)
        finally:
            if not answered:
                await self._record(scope, errand, 500)

    async def _record(self, scope: Scope, errand: Errand, status: int) -> None:
        """What was shown is written before this returns, and so before the answer leaves: no entry, no answer."""
        asked = _asked(scope)
        if status >= 400:  # noqa: PLR2004 - the classes of failures
            if (deed := self._refused(scope, asked, errand, status)) is not None:
                self._trail.note(deed)
            return
        at = self._clock()
        for what in errand.revealed:
            await self._trail.write(errand.deed(at, Doing.REVEAL, asked.about, sentence=what))
        if asked.doing is Doing.READ:
            if _is_anothers(scope, errand):
                await self._trail.write(errand.deed(at, Doing.READ, asked.about, sentence=_line(scope)))
        elif asked.doing not in RECORDED_ELSEWHERE and not scope["path"].startswith(CHANGES_NOTHING):
            await self._trail.write(errand.deed(at, asked.doing, asked.about, sentence=_line(scope)))

    def _refused(self, scope: Scope, asked: Asked, errand: Errand, status: int) -> Deed | None:
        """Whatever would have changed something, and every look at what is another's or nobody's."""
        if asked.doing is Doing.OPEN_VAULT and errand.service is not None:
            return None  # written by what refused to open it
        if status == 429:  # noqa: PLR2004 - whoever asks too often does not fill the books with it
            return None
        if status == 401:  # noqa: PLR2004
            doing = Doing.AUTHENTICATE
        elif asked.doing is Doing.READ and (status not in {403, 404, 500} or not asked.about):
            return None
        else:
            doing = asked.doing
        outcome = Outcome.FAILED if status >= 500 else Outcome.REFUSED  # noqa: PLR2004
        return errand.deed(self._clock(), doing, asked.about, outcome, sentence=f"{_line(scope)}: {status}")


def _errand(scope: Scope) -> Errand:
    client = scope.get("client")
    agent = next((value for name, value in scope["headers"] if name == b"user-agent"), b"")
    return Errand(
        request_id=str(scope.setdefault("state", {}).get("request_id", "")),
        client=str(client[0]) if client else "",
        user_agent=UNPRINTABLE.sub("?", redacted_text(agent.decode("latin-1"))[:LONGEST]),
    )


def _asked(scope: Scope) -> Asked:
    """By method and path alone, so that it is known of what never reaches a route."""
    found = ABOUT.match(scope["path"])
    kind, about, rest = (found["kind"], found["id"] or "", found["rest"] or "") if found else ("", "", "")
    method = scope["method"]
    about = UNPRINTABLE.sub("?", about)[:LONGEST]
    if method in {"GET", "HEAD", "OPTIONS"}:
        return Asked(Doing.READ, about if kind == "deployments" else "")
    if kind == "internal":
        return Asked(Doing.OPEN_VAULT, UNPRINTABLE.sub("?", rest.strip("/"))[:LONGEST] or about)
    if kind == "plans":
        return Asked(Doing.PLAN, about)
    if kind != "deployments":
        return Asked(Doing.CONFIGURE, about)
    if method == "POST" and about:
        return Asked(Doing.ACT if rest.endswith("/actions") else Doing.CONFIGURE, about)
    return Asked(OF_DEPLOYMENTS.get(method, Doing.CONFIGURE), about)


def _is_anothers(scope: Scope, errand: Errand) -> bool:
    """Whether an administrator looks at a deployment of another, or a member of its group at its template."""
    if errand.standing is Standing.ADMIN:
        return True
    return errand.standing is Standing.MEMBER and str(scope["path"]).endswith("/template")


def _line(scope: Scope) -> str:
    return UNPRINTABLE.sub("?", redacted_text(f"{scope['method']} {scope['path']}"))[:LONGEST]
