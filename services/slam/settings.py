"""What slam must be told."""

from pathlib import Path

from pydantic import Field

from shared.identity.issuers import TrustedIssuer
from shared.runtime.settings import ServiceSettings


class SlamSettings(ServiceSettings, env_prefix="SLAM_", env_nested_delimiter="__", frozen=True):
    """`SLAM_…`. Durations are seconds."""

    federation: Path = Field(description="the folder with `agreements/`")
    issuers: tuple[TrustedIssuer, ...] = Field(default=(), description="JSON list of trusted issuers")
    poll: float = Field(default=30, gt=0, description="the folder is read again at the latest after so long")
