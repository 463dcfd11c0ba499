"""Credentials for sites from a Vault: KV version 2, logged in to with the user's own token."""

import hashlib
import logging
import re
from collections.abc import Mapping
from urllib.parse import quote

import httpx
from cachetools import TTLCache
from pydantic import BaseModel

from services.gateway.ports import Secret
from shared.failures import Transient

log = logging.getLogger(__name__)
REMEMBERED, FOR_SECONDS = 1000, 60
BAD_REQUEST, NOT_THERE, MAY_NOT = 400, 404, 403
LONG_WORD = re.compile(r"\S{60,}")
"""What could be a token."""
PASSING = (
    "expired",
    "fetching",
    "unreachable",
    "connection refused",
    "timeout",
    "no such host",
    "creating provider",
    "oidc provider",
)


class SiteVault(BaseModel, frozen=True, extra="forbid"):
    """Where a Vault is, and where in it a user's credentials for a site service are.

    `path` is below the mount; `{entity}` stands for the user's Vault identity, `{group}` and `{service}` for what the
    credential is for.
    """

    url: str
    role: str = "orchestrator"
    login: str = "jwt"
    mount: str = "secret"
    path: str = "{entity}/services_credential/{service}"
    namespace: str | None = None


class VaultSites:
    """`app.sites.Sites` in a Vault. Nothing is written there; users do that themselves."""

    def __init__(self, vault: SiteVault, client: httpx.AsyncClient) -> None:
        """Logins are kept for a minute."""
        self._vault = vault
        self._client = client
        self._logins: TTLCache[bytes, tuple[str, str]] = TTLCache(REMEMBERED, FOR_SECONDS)

    async def credentials(self, secret: Secret, service: str) -> Mapping[str, str]:
        """See `app.sites.Sites`. A user whom the Vault does not know has none."""
        login = await self._login(secret.token)
        if login is None or ".." in f"{secret.group}/{service}".split("/"):
            return {}
        token, entity = login
        parts = {"entity": entity, "group": secret.group or "", "service": service}
        path = self._vault.path.format_map({name: quote(part, safe="") for name, part in parts.items()})
        answer = await self._ask("GET", f"{self._vault.mount}/data/{path}", token=token)
        if answer.status_code == MAY_NOT:
            self._logins.pop(_digest(secret.token), None)
            log.warning("the Vault does not let a user read %s", self._vault.path)
            return {}
        if answer.status_code == NOT_THERE:
            return {}
        return _texts(_within(_body(answer), "data", "data"))

    async def _login(self, jwt: str) -> tuple[str, str] | None:
        known = self._logins.get(_digest(jwt))
        if known is not None:
            return known
        form = {"role": self._vault.role, "jwt": jwt}
        answer = await self._ask("POST", f"auth/{self._vault.login}/login", body=form)
        if answer.status_code in (BAD_REQUEST, MAY_NOT):
            why = answer.text.lower()
            if any(word in why for word in PASSING):
                raise Transient("The Vault cannot prove the owner's token right now.")
            log.warning(
                "the Vault does not take a user's token for role %s: %s",
                self._vault.role,
                LONG_WORD.sub("…", why)[:300],
            )
            return None
        auth = _within(_body(answer), "auth")
        login = self._logins[_digest(jwt)] = (str(auth.get("client_token", "")), str(auth.get("entity_id", "")))
        return login

    async def _ask(
        self, method: str, path: str, *, token: str | None = None, body: Mapping[str, str] | None = None
    ) -> httpx.Response:
        headers = {"X-Vault-Request": "true"} | ({"X-Vault-Token": token} if token else {})
        if self._vault.namespace:
            headers["X-Vault-Namespace"] = self._vault.namespace
        try:
            url = f"{self._vault.url.rstrip('/')}/v1/{path}"
            return await self._client.request(method, url, headers=headers, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise Transient(f"The Vault cannot be reached ({type(problem).__name__}).") from problem


def _body(answer: httpx.Response) -> object:
    if answer.is_error:
        raise Transient(f"The Vault answers {answer.status_code}.")
    try:
        body: object = answer.json()
    except (ValueError, RecursionError) as problem:
        raise Transient("The Vault answers with something else than it should.") from problem
    return body


def _within(body: object, *names: str) -> Mapping[str, object]:
    for name in names:
        body = body.get(name) if isinstance(body, dict) else None
    return body if isinstance(body, dict) else {}


def _texts(data: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in data.items() if isinstance(value, str | int | float)}


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
