"""What monitoring must be told."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from services.monitoring.app.rounds import Reach
from services.monitoring.domain.rhythm import Rhythm
from shared.runtime.settings import ServiceSettings


class MonitoringSettings(ServiceSettings, env_prefix="MONITORING_", env_nested_delimiter="__", frozen=True):
    """`MONITORING_…`; a collector's own settings are `MONITORING_COLLECTORS__<NAME>__<KEY>`.

    Durations are seconds.
    """

    federation: Path = Field(description="the folder with `sites/`")
    poll: float = Field(default=30, gt=0, description="the folder is read again at the latest after so long")
    interval: float = Field(default=30, gt=0, description="between looks at a site")
    longest: float = Field(default=300, gt=0, description="the same while nothing of it answers")
    jitter: float = Field(default=0.1, ge=0, lt=1, description="how much either varies, as a share")
    timeout: float = Field(default=5, gt=0, description="of one look at one service")
    keep: float = Field(default=86_400, ge=0, description="how long history is remembered")
    collectors: dict[str, dict[str, str]] = Field(default_factory=dict)

    def rhythm(self) -> Rhythm:
        """When a site is looked at."""
        return Rhythm(timedelta(seconds=self.interval), timedelta(seconds=self.longest), self.jitter)

    def reach(self) -> Reach:
        """How much at once, and for how long; a collector has its own timeout, ours is for one that has lost count."""
        return Reach(patience=timedelta(seconds=2 * self.timeout), keep=timedelta(seconds=self.keep))
