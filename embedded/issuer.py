"""A small OIDC issuer for the demo: discovery, keys, tokens, userinfo, introspection. Not for any other use.

`python -m embedded.issuer --port P --keys FILE` serves it on loopback. Keys and passwords are in the file, so a restart
keeps tokens valid.
"""

import base64
import hmac
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl, unquote

import typer
import uvicorn
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from embedded.keys import Keys
from embedded.tokens import AUDIENCE, LIFETIME, Wanted, claims_of, mint

USERS: Mapping[str, tuple[str, ...]] = {"alice": ("users",), "bob": ("users", "developers"), "olga": ("operators",)}
"""The demo's users and their groups."""

CLIENTS = ("gateway", "im", "demo")
"""Who may ask with client credentials, and introspect."""


class Issuer:
    """The issuer's answers. Passwords of users and clients are those of `keys`, by name."""

    def __init__(self, url: str, keys: Keys) -> None:
        self._url = url
        self._keys = keys
        self._key: RSAKey = keys.issuer()
        for name in (*USERS, *CLIENTS):
            keys.password(f"oidc-{name}")

    def application(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/jwk", self.public_keys),
                Route("/token", self.token, methods=["POST"]),
                Route("/userinfo", self.userinfo, methods=["GET", "POST"]),
                Route("/introspect", self.introspect, methods=["POST"]),
            ]
        )

    async def discovery(self, _: Request) -> Response:
        """OpenID Connect Discovery 1.0."""
        return JSONResponse(
            {
                "issuer": self._url,
                "jwks_uri": f"{self._url}/jwk",
                "token_endpoint": f"{self._url}/token",
                "authorization_endpoint": f"{self._url}/authorize",
                "userinfo_endpoint": f"{self._url}/userinfo",
                "introspection_endpoint": f"{self._url}/introspect",
                "grant_types_supported": ["password", "client_credentials"],
                "response_types_supported": ["token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
            }
        )

    async def public_keys(self, _: Request) -> Response:
        """The public half of the signing key."""
        public = self._key.as_dict(private=False) | {"use": "sig", "alg": "RS256", "kid": self._key.kid}
        return JSONResponse({"keys": [public]})

    async def token(self, request: Request) -> Response:
        """RFC 6749: the password and the client credentials grant; unknown names and wrong passwords are refused."""
        form = await _form(request)
        match form.get("grant_type"):
            case "password":
                wanted = self._for_user(form)
                refusal = _refused(400, "invalid_grant", "unknown user or wrong password")
            case "client_credentials":
                wanted = self._for_client(_client(request, form), form)
                refusal = _refused(401, "invalid_client", "unknown client or wrong secret")
            case _:
                return _refused(400, "unsupported_grant_type", "only password and client_credentials")
        if wanted is None:
            return refusal
        token = mint(self._url, self._key, wanted)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    async def userinfo(self, request: Request) -> Response:
        """OpenID Connect userinfo of a bearer token."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        claims = claims_of(self._url, self._key, token) if scheme.lower() == "bearer" else None
        if claims is None:
            return _refused(401, "invalid_token", "not a valid token of this issuer")
        name = claims["preferred_username"]
        told = {"sub": claims["sub"], "name": name, "preferred_username": name, "groups": claims["groups"]}
        return JSONResponse(told | {"email": f"{name}@example.org"})

    async def introspect(self, request: Request) -> Response:
        """RFC 7662, for clients that know their secret."""
        form = await _form(request)
        name, secret = _client(request, form)
        if name not in CLIENTS or not self._is_password(name, secret):
            return _refused(401, "invalid_client", "unknown client or wrong secret")
        claims = claims_of(self._url, self._key, form.get("token", ""))
        return JSONResponse({"active": False} if claims is None else {"active": True, **claims})

    def _for_user(self, form: Mapping[str, str]) -> Wanted | None:
        name = form.get("username", "")
        if name not in USERS or not self._is_password(name, form.get("password", "")):
            return None
        return Wanted(name, USERS[name], form.get("audience", AUDIENCE), client=form.get("client_id", "demo"))

    def _for_client(self, credentials: tuple[str, str], form: Mapping[str, str]) -> Wanted | None:
        name, secret = credentials
        if name not in CLIENTS or not self._is_password(name, secret):
            return None
        return Wanted(name, audience=form.get("audience", AUDIENCE), client=name)

    def _is_password(self, name: str, secret: str) -> bool:
        return hmac.compare_digest(self._keys.password(f"oidc-{name}").encode(), secret.encode())


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(errors="replace")))


def _client(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    scheme, _, pair = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        name, _, secret = base64.b64decode(pair).decode().partition(":")
    except ValueError:
        return "", ""
    return unquote(name), unquote(secret)


def _refused(status: int, error: str, description: str) -> Response:
    headers = {"WWW-Authenticate": f'Bearer error="{error}"'} if status == HTTPStatus.UNAUTHORIZED else None
    return JSONResponse({"error": error, "error_description": description}, status, headers)


def serve(
    port: Annotated[int, typer.Option()],
    keys: Annotated[Path, typer.Option()],
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    url: Annotated[str, typer.Option(help="What `iss` says, if not the address itself.")] = "",
) -> None:
    """Serve the issuer until it is told to stop."""
    issuer = Issuer(url or f"http://{host}:{port}", Keys(keys))
    uvicorn.run(issuer.application(), host=host, port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    typer.run(serve)
