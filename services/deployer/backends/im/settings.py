"""What an operator says about an Infrastructure Manager."""

import ssl
from collections.abc import Mapping
from typing import Self

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, Json, SecretStr, model_validator


class IamClient(BaseModel):
    """A client at an issuer, with which elastic clusters renew their users' tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: str
    secret: SecretStr


class Settings(BaseModel):
    """Read whole or refused whole; keys may be in any case. README.md says what each one means."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: AnyHttpUrl | None = None
    username: str | None = None
    password: SecretStr | None = None
    site_credentials: Json[dict[str, dict[str, SecretStr]]] = Field(default_factory=dict)
    ca_file: str | None = None
    orchestrator_url: AnyHttpUrl | None = None
    iam_clients: Json[dict[str, IamClient]] = Field(default_factory=dict)
    timeout: float = Field(default=60, gt=0)
    patience: int = Field(default=3, ge=0, le=100)

    @classmethod
    def read(cls, settings: Mapping[str, str]) -> Self:
        """From the operator's keys and values; raises pydantic's `ValidationError`."""
        return cls.model_validate({key.lower(): value for key, value in settings.items()})

    @model_validator(mode="after")
    def _account_stands_apart(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password of the Infrastructure Manager come together or not at all")
        for url in (self.url, self.orchestrator_url):
            if url is not None and (url.username or url.password):
                raise ValueError("an address must not hold credentials")
        return self

    @property
    def base(self) -> str | None:
        """The address without a slash at its end."""
        return str(self.url).rstrip("/") if self.url else None

    @property
    def orchestrator(self) -> str | None:
        """The gateway's public address without a slash at its end."""
        return str(self.orchestrator_url).rstrip("/") if self.orchestrator_url else None

    def secrets(self) -> set[str]:
        """What must not be seen, whoever's request it is."""
        kept = {client.secret.get_secret_value() for client in self.iam_clients.values()}
        return kept | ({self.password.get_secret_value()} if self.password else set())

    def client_at(self, issuer: str) -> IamClient | None:
        """The client at this issuer, whether its address is written with a slash at its end or without."""
        known = {name.rstrip("/"): client for name, client in self.iam_clients.items()}
        return known.get(issuer.rstrip("/"))

    def verification(self) -> ssl.SSLContext | bool:
        """How to check the server's certificate: always, with the operator's authority if one is given."""
        return ssl.create_default_context(cafile=self.ca_file) if self.ca_file else True

    def credentials_for(self, service: str) -> dict[str, str]:
        """What the operator keeps for this service of a site, such as a user name and password."""
        return {key: value.get_secret_value() for key, value in self.site_credentials.get(service, {}).items()}
