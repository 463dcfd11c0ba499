"""What monitoring must be told."""

from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.monitoring.app.keeping import Manner
from services.monitoring.domain.rhythm import Pace, Rhythm
from services.monitoring.domain.standing import Patience
from shared.identity.issuers import TrustedIssuer
from shared.runtime.settings import ServiceSettings


class PaceSettings(BaseModel):
    """How often a collector looks, how long at most, at how many sites at once: where it is to be otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every: float | None = Field(default=None, gt=0)
    patience: float | None = Field(default=None, gt=0)
    room: int | None = Field(default=None, ge=1)


class MonitoringSettings(ServiceSettings, env_prefix="MONITORING_", env_nested_delimiter="__", frozen=True):
    """`MONITORING_…`; a collector's own settings are `MONITORING_COLLECTORS__<NAME>__<KEY>`.

    `MONITORING_PACES__<NAME>__EVERY`, `…__PATIENCE` and `…__ROOM` change how often, how long and at how many sites at
    once it looks. Durations are seconds.
    """

    federation: Path = Field(description="the folder with `sites/`")
    issuers: tuple[TrustedIssuer, ...] = Field(
        default=(), description="JSON list of trusted issuers; admins may switch"
    )
    poll: float = Field(default=30, gt=0, description="the folder is read again at the latest after so long")
    interval: float = Field(default=30, gt=0, description="between looks at a site")
    longest: float = Field(default=300, gt=0, description="the same while nothing of it answers")
    jitter: float = Field(default=0.1, ge=0, lt=1, description="how much either varies, as a share")
    timeout: float = Field(default=5, gt=0, description="of one look at one service")
    room: int = Field(default=50, ge=1, description="sites that one collector looks at in the same moment")
    keep: float = Field(default=604_800, ge=0, description="how long history is remembered")
    heartbeat: float = Field(default=120, gt=0, description="a standing is told again after so long though unchanged")
    down: int = Field(default=3, ge=1, description="so many bad looks")
    window: int = Field(default=5, ge=1, description="among so many make a service unhealthy")
    up: int = Field(default=2, ge=1, description="so many good ones in a row heal it")
    stale: float = Field(default=900, gt=0, description="what is older says nothing of now, unless looked at as seldom")
    series: int = Field(default=20_000, ge=0, description="time series about sites in /metrics at most")
    collectors: dict[str, dict[str, str]] = Field(default_factory=dict)
    paces: dict[str, PaceSettings] = Field(default_factory=dict)

    @model_validator(mode="after")
    def outages_begin_and_end(self) -> Self:
        """Refuse a window in which no outage would begin or end."""
        self.manner()
        return self

    def rhythm(self) -> Rhythm:
        """When a site is looked at."""
        return Rhythm(timedelta(seconds=self.interval), timedelta(seconds=self.longest), self.jitter)

    def manner(self) -> Manner:
        """When a service is down and up, and how often that is told."""
        return Manner(Patience(self.down, self.window, self.up), timedelta(seconds=self.heartbeat))

    def pace(self, collector: str, own: Pace) -> Pace:
        """How often, how long and at how much a collector looks: as the operator says, else as it wants.

        A collector has a timeout of its own; ours is twice that, for one that has lost count.
        """
        said = self.paces.get(collector, PaceSettings())
        every = own.every if said.every is None else timedelta(seconds=said.every)
        patience = own.patience or timedelta(seconds=2 * self.timeout)
        patience = patience if said.patience is None else timedelta(seconds=said.patience)
        return Pace(every, patience, said.room or own.room or self.room)
