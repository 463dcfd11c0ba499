"""What the cmdb must be told."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr

from services.cmdb.adapters.discovery.client import Bounds
from services.cmdb.domain.discovered import Rhythm
from shared.identity.issuers import TrustedIssuer
from shared.runtime.settings import ServiceSettings


class CmdbSettings(ServiceSettings, env_prefix="CMDB_", env_nested_delimiter="__", frozen=True):
    """`CMDB_…`. Durations are seconds."""

    federation: Path = Field(description="the folder with `sites/`")
    issuers: tuple[TrustedIssuer, ...] = Field(default=(), description="JSON list of trusted issuers")
    old_apis: bool = Field(default=True, description="answer `/cmdb/…` and `/api/v1/…` as older services did")
    retention_days: float = Field(default=30, gt=0, description="days for which removed things are shown as removed")
    poll: float = Field(default=30, gt=0, description="the folder is read again at the latest after so long")
    discovery_credentials: dict[str, dict[str, SecretStr]] = Field(
        default_factory=dict, description="JSON: `site/service` → what its discovery is let in with"
    )
    discovery_interval: float = Field(default=300, gt=0, description="a service is read from its site so often")
    discovery_retry: float = Field(default=60, gt=0, description="after a failure it is read again after so long, then")
    discovery_longest: float = Field(default=3600, gt=0, description="ever more seldom, up to this")
    discovery_patience: float = Field(default=20, gt=0, description="one answer of a site may take so long")

    def rhythm(self) -> Rhythm:
        """When services are read from their sites."""
        interval, first, longest = self.discovery_interval, self.discovery_retry, self.discovery_longest
        return Rhythm(timedelta(seconds=interval), timedelta(seconds=first), timedelta(seconds=longest))

    def bounds(self) -> Bounds:
        """How much is taken from a site."""
        return Bounds(patience=timedelta(seconds=self.discovery_patience))
