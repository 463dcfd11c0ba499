"""What the gateway must be told."""

import base64
import binascii
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Self

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from services.gateway.adapters.exchange import IssuerExchange
from services.gateway.adapters.sitevault import SiteVault
from shared.identity.issuers import TrustedIssuer
from shared.runtime.settings import Duration, ServiceSettings

KEY_BYTES = 32


class CallbackSettings(BaseModel, frozen=True, extra="forbid"):
    """Where users may have us call. Without `hosts` it is any host that is public."""

    hosts: tuple[str, ...] = Field(default=(), description="JSON list of names, or of suffixes that begin with a dot")
    ports: frozenset[int] = Field(default=frozenset({80, 443}), description="JSON list")
    private: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(), description="JSON list of networks that may be called although they are not public"
    )


class RequestLimits(BaseModel, frozen=True, extra="forbid"):
    """How much one may ask for; 0 is without limit. Rates are counted in each process of the gateway by itself."""

    user_per_second: float = Field(default=0, ge=0, description="requests of one user")
    user_burst: int = Field(default=100, ge=1)
    group_per_second: float = Field(default=0, ge=0, description="deployments that one group asks for")
    group_burst: int = Field(default=50, ge=1)
    stranger_per_second: float = Field(default=5, ge=0, description="requests of one address that prove nobody")
    stranger_burst: int = Field(default=50, ge=1)
    group_at_a_time: int = Field(default=0, ge=0, description="unfinished deployments of one group")
    body_seconds: float = Field(default=30, gt=0, description="a body must have come by then")
    send_seconds: float = Field(default=60, gt=0, description="a client must take each piece of an answer by then")


class GatewaySettings(ServiceSettings, env_prefix="GATEWAY_", env_nested_delimiter="__", frozen=True):
    """`GATEWAY_…`."""

    issuers: list[TrustedIssuer] = Field(min_length=1, description="JSON list of issuer, audience, algorithms, admins")
    sealing_key: SecretStr = Field(description="32 bytes in base64; seals tokens in the store")
    former_sealing_keys: list[SecretStr] = Field(
        default=[], description="JSON list of keys that sealed before; they open until all is sealed again"
    )
    exchanges: list[IssuerExchange] = Field(
        default=[], description="JSON list of issuer, client, audience, scopes: how tokens become good for long work"
    )
    site_vault: SiteVault | None = Field(
        default=None, description="a Vault with what users have for sites; without it they keep that here"
    )
    service_keys: dict[str, dict[str, str]] = Field(default={}, description="service name → public Ed25519 JWK")
    public_url: str = Field(default="", description="where clients see the gateway; empty: as the request says")
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(), description="JSON list of networks whose X-Forwarded-… headers are believed"
    )
    configuration: dict[str, str | None] = Field(default={}, description="what GET /configuration shows")
    catalogue: str = Field(default="", description="a folder of type files beside the built-in ones")
    template_bytes: int = Field(default=4 << 20, gt=0, description="a larger template is refused")
    template_values: int = Field(default=400_000, gt=0, description="a template with more values is refused")
    callbacks: CallbackSettings = Field(default=CallbackSettings(), description="where users may have us call")
    limits: RequestLimits = Field(default=RequestLimits(), description="how much one may ask for")
    plans_valid_for: Duration = Field(default=timedelta(hours=1), description="how long a plan may be cited")

    @field_validator("sealing_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        return _checked(value)

    @field_validator("former_sealing_keys")
    @classmethod
    def _are_keys(cls, value: list[SecretStr]) -> list[SecretStr]:
        return [_checked(key) for key in value]

    @model_validator(mode="after")
    def _exchanges_with_whom_we_trust(self) -> Self:
        trusted = {issuer.issuer for issuer in self.issuers}
        for exchange in self.exchanges:
            if exchange.issuer not in trusted:
                raise ValueError(f"EXCHANGES names {exchange.issuer}, which is not among ISSUERS")
        return self

    def keys(self) -> list[bytes]:
        """The sealing keys, newest first."""
        return [base64.b64decode(key.get_secret_value()) for key in (self.sealing_key, *self.former_sealing_keys)]


def _checked(value: SecretStr) -> SecretStr:
    try:
        size = len(base64.b64decode(value.get_secret_value(), validate=True))
    except binascii.Error:
        size = 0
    if size != KEY_BYTES:
        raise ValueError("must be 32 bytes in base64, such as the output of: openssl rand -base64 32")
    return value
