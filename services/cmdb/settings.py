"""What the cmdb must be told."""

from pathlib import Path

from pydantic import Field

from shared.identity.issuers import TrustedIssuer
from shared.runtime.settings import ServiceSettings


class CmdbSettings(ServiceSettings, env_prefix="CMDB_", env_nested_delimiter="__", frozen=True):
    """`CMDB_…`. Durations are seconds."""

    federation: Path = Field(description="the folder with `sites/`")
    issuers: tuple[TrustedIssuer, ...] = Field(default=(), description="JSON list of trusted issuers")
    poll: float = Field(default=30, gt=0, description="the folder is read again at the latest after so long")
