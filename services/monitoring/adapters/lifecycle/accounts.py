"""Who we are at a service."""

import base64
from typing import Self

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator


class Account(BaseModel):
    """`endpoint` is where it may be sent beside the endpoints that the operators' own files name."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    endpoint: str | None = None


class TokenAccount(Account):
    """A bearer token, or a user and a password, or nothing where nobody asks."""

    token: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None

    @model_validator(mode="after")
    def one_way_in(self) -> Self:
        """Refuse what is ambiguous or half."""
        if (self.username is None) != (self.password is None) or (self.token and self.username):
            raise ValueError("allowed: a token, or username and password, or neither")
        return self

    @property
    def headers(self) -> dict[str, str]:
        """The headers that say so."""
        if self.token is not None:
            return {"Authorization": f"Bearer {self.token.get_secret_value()}"}
        if self.username is None or self.password is None:
            return {}
        pair = f"{self.username}:{self.password.get_secret_value()}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
