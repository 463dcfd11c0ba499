"""What the gateway must be told."""

import base64
import binascii
from datetime import timedelta

from pydantic import Field, SecretStr, field_validator

from shared.identity.issuers import TrustedIssuer
from shared.runtime.settings import Duration, ServiceSettings

KEY_BYTES = 32


class GatewaySettings(ServiceSettings, env_prefix="GATEWAY_", env_nested_delimiter="__", frozen=True):
    """`GATEWAY_…`."""

    issuers: list[TrustedIssuer] = Field(min_length=1, description="JSON list of issuer, audience, algorithms, admins")
    sealing_key: SecretStr = Field(description="32 bytes in base64; seals tokens in the store")
    service_keys: dict[str, dict[str, str]] = Field(default={}, description="service name → public Ed25519 JWK")
    public_url: str = Field(default="", description="where clients see the gateway; empty: as the request says")
    configuration: dict[str, str | None] = Field(default={}, description="what GET /configuration shows")
    catalogue: str = Field(default="", description="a folder of type files beside the built-in ones")
    template_bytes: int = Field(default=4 << 20, gt=0, description="a larger template is refused")
    template_values: int = Field(default=400_000, gt=0, description="a template with more values is refused")
    plans_valid_for: Duration = Field(default=timedelta(hours=1), description="how long a plan may be cited")

    @field_validator("sealing_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        try:
            size = len(base64.b64decode(value.get_secret_value(), validate=True))
        except binascii.Error:
            size = 0
        if size != KEY_BYTES:
            raise ValueError("must be 32 bytes in base64, such as the output of: openssl rand -base64 32")
        return value

    def key(self) -> bytes:
        """The sealing key."""
        return base64.b64decode(self.sealing_key.get_secret_value())
