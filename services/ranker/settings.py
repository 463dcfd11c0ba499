"""What the ranker must be told."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, field_validator

from services.ranker.app.answer import FROZEN_SERVICES
from services.ranker.domain import strategies
from services.ranker.domain.rank import MOST, MOST_REJECTED
from services.ranker.domain.weights import Weights
from shared.runtime.settings import ServiceSettings


class RankerSettings(ServiceSettings, env_prefix="RANKER_", env_nested_delimiter="__", frozen=True):
    """`RANKER_…`; the arithmetic is `RANKER_WEIGHTS__…`, as JSON where it is a mapping; half-lives are ISO 8601."""

    strategy: str = "index"
    weights: Weights = Weights()
    candidates: int = Field(default=MOST, ge=1, description="how many are told at most, per ranking")

    rejections: int = Field(default=MOST_REJECTED, ge=1, description="how many reasons are told at most, per ranking")

    rules: Path | None = Field(default=None, description="a folder with the operators' rules; see docs/ranker.md")
    poll: float = Field(default=30, gt=0, description="the folder is read again at the latest after so many seconds")

    frozen_services: int = Field(
        default=FROZEN_SERVICES, ge=0, description="for groups with more, the facts are not kept with each ranking"
    )
    keep_rankings: timedelta = Field(default=timedelta(days=90), gt=timedelta(), description="how long they are kept")

    @field_validator("strategy")
    @classmethod
    def _is_known(cls, name: str) -> str:
        return strategy_named(name)


def strategy_named(name: str) -> str:
    """The name, if there is such a strategy. Raises `ValueError` with those there are."""
    if name not in (known := strategies.discover()):
        raise ValueError(f"there is no strategy {name!r}; there are: {', '.join(sorted(known))}")
    return name
