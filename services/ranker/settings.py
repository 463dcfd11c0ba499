"""What the ranker must be told."""

from pydantic import Field, field_validator

from services.ranker.domain import strategies
from services.ranker.domain.rank import MOST
from services.ranker.domain.weights import Weights
from shared.runtime.settings import ServiceSettings


class RankerSettings(ServiceSettings, env_prefix="RANKER_", env_nested_delimiter="__", frozen=True):
    """`RANKER_…`; the arithmetic is `RANKER_WEIGHTS__…`, as JSON where it is a mapping; half-lives are ISO 8601."""

    strategy: str = "index"
    weights: Weights = Weights()
    candidates: int = Field(default=MOST, ge=1, description="how many are told at most, per ranking")

    @field_validator("strategy")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name not in (known := strategies.discover()):
            raise ValueError(f"there is no strategy {name!r}; there are: {', '.join(sorted(known))}")
        return name
