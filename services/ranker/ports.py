"""What the ranker asks of its store, in its own words."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from services.ranker.domain.books import Changes, Recalled
from services.ranker.domain.offer import Place
from services.ranker.domain.rules.rule import Rules
from services.ranker.domain.told import Told
from shared.contracts.agreements import AgreementChanged
from shared.contracts.envelope import Envelope
from shared.contracts.ranking import NoSiteFits, SitesRanked
from shared.contracts.sites import SiteDescribed, SiteObserved
from shared.contracts.vocabulary import DeploymentId
from shared.messaging.transaction import Work
from shared.runtime.yaml_files.standing import Look


@dataclass(frozen=True, slots=True)
class Kept:
    """A ranking as it is kept: what was told, and what it was made from. `inputs` is a digest of the latter.

    `facts` is the digest of the set of facts that mattered, `books` the sums and the experience as JSON; both are
    absent where they would have been too large. `method` is the strategy and how many are told, as JSON.
    """

    told: SitesRanked | NoSiteFits
    at: datetime
    request: str
    weights: str
    inputs: str
    method: str = ""
    facts: str | None = None
    books: str | None = None


class FactSet(NamedTuple):
    """The facts that mattered to a ranking, by a digest that is the same for the same facts."""

    digest: str
    facts: Sequence[Told[SiteDescribed] | Told[AgreementChanged] | Told[SiteObserved]]


class Wanted(NamedTuple):
    """What a batch needs to know: the holdings of these deployments; to rank, the sums, and what these users hold.

    `counted` is when usage was last counted, by service; without it nothing is ranked.
    """

    deployments: Collection[DeploymentId]
    counted: Mapping[Place, datetime] | None = None
    owners: Collection[str] = ()


class Memory(Protocol):
    """What the ranker remembers. Everything happens in the caller's transaction."""

    async def recall(self, connection: AsyncConnection, wanted: Wanted) -> Recalled:
        """What is wanted. Until the transaction ends, no other replica recalls anything."""
        ...

    async def keep(self, connection: AsyncConnection, changes: Changes, rankings: Sequence[Kept]) -> None:
        """Remember what changed, and the rankings; of two rankings of one revision the first counts."""
        ...

    async def freeze(self, work: Work, sets: Sequence[FactSet]) -> None:
        """Keep these sets of facts for whoever makes a ranking again."""
        ...

    async def thaw(self, connection: AsyncConnection, digest: str) -> Sequence[Envelope]:
        """The facts of a set as they were told, to be folded; none if they are not kept any more."""
        ...

    async def forget(self, connection: AsyncConnection, before: datetime) -> None:
        """Forget rankings made before then, and facts that no later one used."""
        ...

    async def rankings(self, connection: AsyncConnection, deployment: DeploymentId) -> Sequence[Kept]:
        """The rankings of a deployment, oldest first."""
        ...


@dataclass(frozen=True)
class Ruled(Look):
    """What the rules folder says now: rules by file; `None` for a file that is there and cannot be read."""

    files: Mapping[str, Rules | None]


class RulesSource(Protocol):
    """Where operators write their rules."""

    async def read(self) -> Ruled:
        """All that is there now. Raises nothing."""
        ...


class Records(Protocol):
    """Rankings that were made, with what they were made from. Reads only."""

    def since(self, then: datetime) -> AsyncIterator[Kept]:
        """Every ranking made then or later, oldest first."""
        ...

    async def facts(self, digest: str) -> Sequence[Envelope] | None:
        """The facts of a set as they were told, to be folded; nothing if the set is not kept any more."""
        ...
