"""What the deployer must be told."""

from collections.abc import Mapping
from datetime import timedelta

from pydantic import Field, SecretStr

from services.deployer.app.trials import Capacity
from services.deployer.domain.decision import Patience
from services.deployer.domain.trial import Rhythm
from shared.runtime.settings import Duration, ServiceSettings


class DeployerSettings(ServiceSettings, env_prefix="DEPLOYER_", env_nested_delimiter="__", frozen=True):
    """`DEPLOYER_…`; a backend's own settings are `DEPLOYER_BACKEND__<KEY>`. Durations are seconds, or ISO 8601."""

    gateway_url: str = ""
    service_key: SecretStr = SecretStr("")
    backend: Mapping[str, str] = Field(default_factory=dict)
    ranking_patience: Duration = Patience().ranking
    trial_patience: Duration = Patience().trial
    cleaning_patience: Duration = Patience().cleaning
    poll: Duration = Rhythm().poll
    unreachable: Duration = Rhythm().unreachable
    settle: Duration = Rhythm().settle
    stuck_after: int = Rhythm().stuck_after
    slow: Duration = Rhythm().slow
    lease: Duration = Capacity().lease
    room: int = Capacity().room
    question_timeout: Duration = timedelta(seconds=25)

    def patience(self) -> Patience:
        """How long the saga waits."""
        return Patience(self.ranking_patience, self.trial_patience, self.cleaning_patience)

    def rhythm(self) -> Rhythm:
        """When a backend is asked again."""
        return Rhythm(self.poll, self.unreachable, self.settle, self.stuck_after, self.slow)

    def capacity(self) -> Capacity:
        """How much a worker takes in hand."""
        return Capacity(room=self.room, lease=self.lease)
