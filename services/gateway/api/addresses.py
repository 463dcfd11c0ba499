"""Where clients see the gateway, and where they are: every link that it gives out is absolute."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import Scope

BaseOf = Callable[[Request], str]
"""The address of the gateway as the sender of a request sees it, without a slash at its end."""
Networks = Sequence[IPv4Network | IPv6Network]
HTTP_SCHEMES = {"http", "https"}
SEEN_AT = "seen_at"


def base_from(public_url: str) -> BaseOf:
    """As configured, else as a trusted proxy says, else as the request itself does."""
    configured = public_url.rstrip("/")

    def base(request: Request) -> str:
        return configured or request.scope.get("state", {}).get(SEEN_AT) or str(request.base_url).rstrip("/")

    return base


def believing(scope: Scope, trusted: Networks) -> Scope:
    """The request as its client sent it, if it comes from a proxy that is trusted; else as it is.

    `X-Forwarded-For` says who the client is: its last address that is no trusted proxy's. `X-Forwarded-Proto`, `-Host`,
    `-Port` and `-Prefix` say where the client sees us.
    """
    client = scope.get("client")
    if not client or not _is_trusted(client[0], trusted):
        return scope
    headers = Headers(scope=scope)
    changed = {**scope, "client": (_client(headers, trusted) or client[0], client[1])}
    told = {name: _first(headers, name) for name in ("proto", "host", "port", "prefix")}
    if any(told.values()):
        changed["state"][SEEN_AT] = _seen_at(scope, headers, told)
    return changed


def _seen_at(scope: Scope, headers: Headers, told: dict[str, str]) -> str:
    scheme = told["proto"].lower() if told["proto"].lower() in HTTP_SCHEMES else scope["scheme"]
    host = told["host"] or headers.get("host", "")
    if told["port"] and ":" not in host.rpartition("]")[2]:
        host = f"{host}:{told['port']}"
    prefix = (told["prefix"] or scope.get("root_path", "")).strip("/")
    return f"{scheme}://{host}/{prefix}".rstrip("/")


def _client(headers: Headers, trusted: Networks) -> str | None:
    named = [part.strip() for part in ",".join(headers.getlist("x-forwarded-for")).split(",") if part.strip()]
    return next((address for address in reversed(named) if not _is_trusted(address, trusted)), None)


def _is_trusted(address: str, trusted: Networks) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in trusted)


def _first(headers: Headers, name: str) -> str:
    """What the client saw: of a list the first."""
    return headers.get(f"x-forwarded-{name}", "").split(",")[0].strip()
