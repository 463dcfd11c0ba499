"""What the ranker asks of its store, in its own words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from services.ranker.domain.books import Changes, Recalled
from services.ranker.domain.federation import Place
from shared.contracts.ranking import NoSiteFits, SitesRanked
from shared.contracts.vocabulary import DeploymentId


@dataclass(frozen=True, slots=True)
class Kept:
    """A ranking as it is kept: what was told, and what it was made from. `inputs` is a digest of all of the latter."""

    told: SitesRanked | NoSiteFits
    at: datetime
    request: str
    weights: str
    inputs: str


class Wanted(NamedTuple):
    """What a batch needs to know: the holdings of these deployments; to rank, the sums and the experience since then.

    `counted` is when usage was last counted, by service.
    """

    deployments: Collection[DeploymentId]
    since: datetime
    counted: Mapping[Place, datetime] | None = None


class Memory(Protocol):
    """What the ranker remembers. Everything happens in the caller's transaction."""

    async def recall(self, connection: AsyncConnection, wanted: Wanted) -> Recalled:
        """What is wanted. Until the transaction ends, no other replica recalls anything."""
        ...

    async def keep(self, connection: AsyncConnection, changes: Changes, rankings: Sequence[Kept]) -> None:
        """Remember what changed, and the rankings; of two rankings of one revision the first counts."""
        ...

    async def rankings(self, connection: AsyncConnection, deployment: DeploymentId) -> Sequence[Kept]:
        """The rankings of a deployment, oldest first."""
        ...
