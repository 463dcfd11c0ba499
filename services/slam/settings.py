"""What slam must be told."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from services.slam.domain.rights import Naming
from shared.identity.issuers import TrustedIssuer
from shared.runtime.settings import ServiceSettings


class SlamSettings(ServiceSettings, env_prefix="SLAM_", env_nested_delimiter="__", frozen=True):
    """`SLAM_…`. Durations are seconds unless the name says days."""

    federation: Path = Field(description="the folder with `agreements/`")
    issuers: tuple[TrustedIssuer, ...] = Field(default=(), description="JSON list of trusted issuers")
    poll: float = Field(default=30, gt=0, description="the folder is read again at the latest after so long")
    precision: float = Field(default=1, gt=0, description="what dates change is told within so long")
    expiring_days: float = Field(
        default=30, ge=0, le=3650, description="an agreement is expiring so long before its end"
    )
    member_groups: tuple[str, ...] = Field(
        default=(
            "{group}",
            "urn:mace:egi.eu:group:{group}:role=member#aai.egi.eu",
            "urn:mace:egi.eu:group:{group}:role=vm_operator#aai.egi.eu",
        ),
        description="JSON list: in a token, any of these says that somebody is in {group}",
    )
    manager_groups: tuple[str, ...] = Field(
        default=("{group}/managers", "urn:mace:egi.eu:group:{group}:role=manager#aai.egi.eu"),
        description="JSON list: any of these says that somebody may speak for {group}",
    )

    def warning(self) -> timedelta:
        """How long before its end an agreement is expiring."""
        return timedelta(days=self.expiring_days)

    def naming(self) -> Naming:
        """How issuers spell membership and management."""
        return Naming(self.member_groups, self.manager_groups)
