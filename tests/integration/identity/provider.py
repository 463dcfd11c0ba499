"""A real OpenID provider as tests use it: people log in at it, clients ask it, and things happen to it."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from services.gateway.adapters.exchange import IssuerExchange
from shared.identity.issuers import TrustedIssuer
from tests.integration.identity.browser import Browser
from tests.support.waiting import soon

BACK = "http://127.0.0.1:1/back"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


class Fate(Protocol):
    """What happens to an issuer and to its users."""

    def rotate(self) -> None:
        """It signs with a new key from now on, and still publishes the old one."""
        ...

    def away(self, *, away: bool) -> None:
        """It does not answer, or does again."""
        ...

    def leave(self, user: str, group: str) -> None:
        """A user is no longer in a group."""
        ...

    def join(self, user: str, group: str) -> None:
        """A user is in a group again."""
        ...

    def throw_out(self, user: str) -> None:
        """All sessions of a user end, with every refresh token."""
        ...


@dataclass(frozen=True)
class Provider:
    """An issuer. `web` is a public client of it; users' passwords are their names."""

    trusted: TrustedIssuer
    exchange: IssuerExchange
    web: str
    group: str
    fate: Fate
    _described: dict[str, str] = field(default_factory=dict)

    def login(self, user: str, scope: str = "openid profile") -> Mapping[str, str]:
        """Tokens by authorization code with PKCE."""
        verifier, challenge = _pkce()
        asked = {
            "client_id": self.web,
            "response_type": "code",
            "redirect_uri": BACK,
            "scope": scope,
            "state": "s",
            "nonce": "n",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        } | ({"prompt": "consent"} if "offline_access" in scope.split() else {})
        back = Browser(user).visit(f"{self.endpoint('authorization_endpoint')}?{urlencode(asked)}", BACK)
        (code,) = parse_qs(urlsplit(back).query)["code"]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": verifier}
        return self.token(form)

    def on_a_device(self, user: str) -> Mapping[str, str]:
        """Tokens by device code, which the user lets pass in a browser elsewhere."""
        verifier, challenge = _pkce()
        asked = {"scope": "openid profile", "code_challenge": challenge, "code_challenge_method": "S256"}
        begun = self._post(self.endpoint("device_authorization_endpoint"), asked).json()
        form = {"grant_type": DEVICE, "device_code": begun["device_code"], "code_verifier": verifier}
        assert self._post(self.endpoint("token_endpoint"), form).json()["error"] == "authorization_pending"
        Browser(user).visit(begun["verification_uri_complete"])
        answer = soon(lambda: self._good(form), within=20, what="the token")
        return dict(answer.json())

    def token(self, form: Mapping[str, str]) -> Mapping[str, str]:
        """What the token endpoint gives to the public client."""
        answer = self._post(self.endpoint("token_endpoint"), form)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def refreshed(self, refresh_token: str) -> Mapping[str, str]:
        """The next tokens."""
        return self.token({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def endpoint(self, name: str) -> str:
        """An address that the issuer tells."""
        if not self._described:
            url = f"{self.trusted.issuer}/.well-known/openid-configuration"
            self._described.update(httpx.get(url, trust_env=False, timeout=30).raise_for_status().json())
        return self._described[name]

    def _good(self, form: Mapping[str, str]) -> httpx.Response | None:
        answer = self._post(self.endpoint("token_endpoint"), form)
        return answer if answer.is_success else None

    def _post(self, url: str, form: Mapping[str, str]) -> httpx.Response:
        return httpx.post(url, data={"client_id": self.web, **form}, trust_env=False, timeout=30)


def _pkce() -> tuple[str, str]:
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
