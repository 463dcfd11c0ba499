"""Logs in at Keystone, and reads from its catalogue where the other services are."""

from dataclasses import dataclass, field
from typing import Self

from pydantic import SecretStr, model_validator

from services.monitoring.adapters.lifecycle.accounts import Account
from services.monitoring.adapters.lifecycle.web import Trouble, Web
from shared.contracts.topology import Json


class KeystoneAccount(Account):
    """An application credential, or a user of a domain with a password and a project."""

    credential: str | None = None
    secret: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None
    domain: str = "default"
    project: str | None = None

    @model_validator(mode="after")
    def one_way_in(self) -> Self:
        """Refuse what is ambiguous or half."""
        by_credential = (self.credential, self.secret)
        by_password = (self.username, self.password, self.project)
        if not (all(by_credential) and not any(by_password)) and not (all(by_password) and not any(by_credential)):
            raise ValueError("allowed: credential and secret, or username, password and project")
        return self

    def login(self) -> Json:
        """The body of Keystone's `POST /v3/auth/tokens`."""
        if self.credential and self.secret:
            said = {"id": self.credential, "secret": self.secret.get_secret_value()}
            return {"auth": {"identity": {"methods": ["application_credential"], "application_credential": said}}}
        domain = {"id": self.domain}
        secret = self.password.get_secret_value() if self.password else ""
        user = {"name": self.username, "domain": domain, "password": secret}
        return {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {"project": {"name": self.project, "domain": domain}},
            }
        }


@dataclass(frozen=True, slots=True)
class Session:
    """Who we are now, and where things are."""

    token: str = field(repr=False)
    catalogue: Json
    region: str | None

    @property
    def headers(self) -> dict[str, str]:
        """The header that says so."""
        return {"X-Auth-Token": self.token}

    def address(self, *types: str) -> str | None:
        """Where the first service of one of these types is, in our region; `None` if there is none."""
        for entry in self.catalogue:
            if entry.get("type") in types:
                for endpoint in entry.get("endpoints", []):
                    in_region = self.region in (None, endpoint.get("region_id"), endpoint.get("region"))
                    if endpoint.get("interface") == "public" and in_region:
                        return str(endpoint["url"]).rstrip("/")
        return None


async def log_in(web: Web, endpoint: str, account: KeystoneAccount, region: str | None) -> Session:
    """A session. Raises `Trouble`."""
    base = endpoint.rstrip("/")
    url = f"{base}/auth/tokens" if base.endswith("/v3") else f"{base}/v3/auth/tokens"
    answer = await web.ask("POST", url, json=account.login())
    token = answer.headers.get("X-Subject-Token")
    if not token:
        raise Trouble("Keystone gives no token.", answer.status)
    return Session(token, answer.body["token"].get("catalog", []), region)
