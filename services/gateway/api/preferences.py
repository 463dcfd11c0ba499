"""What the headers of a request ask beside its body: to wait (`Prefer`), to change one version only (`If-Match`)."""

import re

from fastapi import Request

from services.gateway.app.look import Look
from services.gateway.domain.versions import version
from services.gateway.domain.view import View
from shared.identity.caller import Caller

MOST_SECONDS = 60
WAIT = re.compile(r"(?:^|,|;)\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?=,|;|$)", re.IGNORECASE)
TAG = re.compile(r'(?:W/)?"([^"]*)"|(\*)')


async def waited(request: Request, caller: Caller, view: View, look: Look) -> tuple[View, dict[str, str]]:
    """The view after as long a wait as the request prefers (RFC 7240), and the header that says so."""
    found = WAIT.search(",".join(request.headers.getlist("prefer")))
    if found is None:
        return view, {}
    seconds = min(int(found[1]), MOST_SECONDS)
    return await look.settled(caller, view, seconds), {"preference-applied": f"wait={seconds}"}


def wanted_versions(request: Request) -> tuple[str, ...]:
    """The versions that the request may change (RFC 9110 `If-Match`); none means any."""
    given = request.headers.getlist("if-match")
    if not given:
        return ()
    found = tuple(tag or star for tag, star in TAG.findall(",".join(given)))
    return found or (",".join(given).strip(),)


def tag(view: View) -> str:
    """The `ETag` of a deployment."""
    return f'"{version(view)}"'
