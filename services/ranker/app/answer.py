"""Requests in, rankings out; and whatever is told of a deployment changes what it holds."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import uuid5

from services.ranker.domain.books import Books
from services.ranker.domain.federation import Federation
from services.ranker.domain.holding import Holding, HoldingState, Turn
from services.ranker.domain.rank import Method, Ranking, answer, rank
from services.ranker.ports import Kept, Memory, Wanted
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.envelope import Envelope
from shared.contracts.streams import DEPLOYMENTS
from shared.contracts.vocabulary import DeploymentId, RankingId
from shared.failures import Transient
from shared.messaging.transaction import NAMESPACE, Work

LOOK_AGAIN = timedelta(milliseconds=200)
FORGOTTEN = 20
"""After so many half-lives a failure is worth a millionth."""


class Answers:
    """Handles batches of what is told of deployments: recall, rank or follow each in order, keep, tell."""

    def __init__(self, federation: Federation, memory: Memory, method: Method, *, ready: Callable[[], bool]) -> None:
        """`ready` says whether the facts there were at the start are all folded into `federation`."""
        self._federation = federation
        self._memory = memory
        self._method = method
        self._weights = method.weights.model_dump_json()
        self._ready = ready

    async def hear(self, work: Work, told: Sequence[Envelope]) -> None:
        """Have the effect of every event of `told`. Raises `Transient` for a request while the facts are being read."""
        asked = [envelope.body for envelope in told if isinstance(envelope.body, DeploymentRequested)]
        if asked and not self._ready():
            raise Transient("The facts about the federation are still being read.", retry_after=LOOK_AGAIN)
        books = await self._open(work, told, ranks=bool(asked))
        rankings = []
        for envelope in told:
            if isinstance(envelope.body, DeploymentRequested):
                kept = self._rank(envelope.body, books, work.at)
                work.tell(DEPLOYMENTS, kept.told, because=envelope)
                rankings.append(kept)
            elif isinstance(envelope.body, Turn):
                books.follow(envelope.body, envelope.time)
        await self._memory.keep(work.connection, books.changes(), rankings)

    async def _open(self, work: Work, told: Sequence[Envelope], *, ranks: bool) -> Books:
        half_life = self._method.weights.failure_half_life
        counted = self._federation.counted() if ranks else {}
        deployments = {DeploymentId(envelope.body.key) for envelope in told}
        wanted = Wanted(deployments, work.at - FORGOTTEN * half_life, counted if ranks else None)
        return Books(await self._memory.recall(work.connection, wanted), counted, half_life)

    def _rank(self, request: DeploymentRequested, books: Books, at: datetime) -> Kept:
        asked = request.model_dump_json(exclude={"template"}, exclude_defaults=True)
        inputs = "\n".join((asked, f"{self._federation.mark:x}", books.digest(), self._weights, at.isoformat()))
        ranking = rank(request, self._federation, books, at, self._method)
        books.enter(holdings(request, ranking, at))
        return Kept(
            told=answer(request, ranking, ranking_id(request), self._method),
            at=at,
            request=asked,
            weights=self._weights,
            inputs=hashlib.sha256(inputs.encode()).hexdigest(),
        )


def ranking_id(request: DeploymentRequested) -> RankingId:
    """The one ranking of a revision has the same id whoever makes it, however often."""
    return RankingId(str(uuid5(NAMESPACE, f"ranking/{request.deployment_id}/{request.revision}")))


def holdings(request: DeploymentRequested, ranking: Ranking, at: datetime) -> Iterator[Holding]:
    """What the deployment may come to hold; the best candidate is meant for it from now on."""
    for place, (candidate, takes) in enumerate(zip(ranking.candidates, ranking.takes, strict=True)):
        yield Holding(
            deployment=request.deployment_id,
            revision=request.revision,
            site=candidate.site,
            service=candidate.service,
            agreement=candidate.agreement,
            takes=takes,
            state=HoldingState.OFFERED if place else HoldingState.MEANT,
            since=at,
        )
