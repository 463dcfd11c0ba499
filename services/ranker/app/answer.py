"""Requests in, rankings out; and whatever is told of a deployment changes what it holds."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import uuid5

from services.ranker.domain.ask import user_of
from services.ranker.domain.books import Books
from services.ranker.domain.federation import Federation
from services.ranker.domain.frozen import freeze
from services.ranker.domain.holding import Holding, HoldingState, Turn
from services.ranker.domain.rank import Method, Ranking, answer, describe, planned, rank
from services.ranker.ports import FactSet, Kept, Memory, Wanted
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.envelope import Envelope
from shared.contracts.ranking import PlanRanked, PlanRequested
from shared.contracts.streams import DEPLOYMENTS, PLANS
from shared.contracts.vocabulary import DeploymentId, RankingId
from shared.failures import Transient
from shared.messaging.transaction import NAMESPACE, Work

LOOK_AGAIN = timedelta(milliseconds=200)
FROZEN_SERVICES = 2000


class Answers:
    """Handles batches of what is told of deployments: recall, rank or follow each in order, keep, tell."""

    def __init__(
        self,
        federation: Federation,
        memory: Memory,
        method: Method,
        *,
        ready: Callable[[], bool],
        frozen_services: int = FROZEN_SERVICES,
    ) -> None:
        """`ready` says whether the facts there were at the start are all folded into `federation`.

        The facts for a group that may use more than `frozen_services` are not kept with its rankings.
        """
        self._federation = federation
        self._memory = memory
        self._ready = ready
        self._frozen_services = frozen_services
        self.use(method)

    def use(self, method: Method) -> None:
        """Rank by this method from now on."""
        self._method = method
        self._weights = method.weights.model_dump_json()
        self._described = describe(method)

    async def hear(self, work: Work, told: Sequence[Envelope]) -> None:
        """Have the effect of every event of `told`. Raises `Transient` for a request while the facts are being read."""
        asked = [envelope.body for envelope in told if isinstance(envelope.body, DeploymentRequested | PlanRequested)]
        if asked and not self._ready():
            raise Transient("The facts about the federation are still being read.", retry_after=LOOK_AGAIN)
        books = await self._open(work, told, asked)
        rankings: list[Kept] = []
        frozen: list[FactSet] = []
        for envelope in told:
            if isinstance(envelope.body, DeploymentRequested):
                kept, facts = self._rank(envelope.body, books, work.at)
                work.tell(DEPLOYMENTS, kept.told, because=envelope)
                rankings.append(kept)
                frozen += [facts] if facts else []
            elif isinstance(envelope.body, PlanRequested):
                work.tell(PLANS, self._plan(envelope.body, books, work.at), because=envelope)
            elif isinstance(envelope.body, Turn):
                books.follow(envelope.body, envelope.time)
        await self._memory.keep(work.connection, books.changes(), rankings)
        if frozen:
            await self._memory.freeze(work, frozen)

    async def _open(
        self, work: Work, told: Sequence[Envelope], asked: Sequence[DeploymentRequested | PlanRequested]
    ) -> Books:
        counted = self._federation.counted() if asked else {}
        deployments = {DeploymentId(envelope.body.key) for envelope in told if not _is_plan(envelope)}
        owners = {user_of(request.owner) for request in asked}
        wanted = Wanted(deployments, counted if asked else None, owners)
        return Books(await self._memory.recall(work.connection, wanted), counted, self._method.weights.fading)

    def _plan(self, request: PlanRequested, books: Books, at: datetime) -> PlanRanked:
        ranking = rank(request, self._federation, books, at, self._method)
        return planned(request, ranking, plan_ranking_id(request), self._method)

    def _rank(self, request: DeploymentRequested, books: Books, at: datetime) -> tuple[Kept, FactSet | None]:
        asked = request.model_dump_json(exclude={"template"}, exclude_defaults=True)
        ranking = rank(request, self._federation, books, at, self._method)
        facts, frozen = self._facts_of(ranking), None
        if facts is not None:
            frozen = freeze(ranking.whole.board).model_dump_json(exclude_defaults=True)
        mark = facts.digest if facts else f"{self._federation.mark:x}"
        inputs = "\n".join((asked, mark, frozen or "", self._weights, self._described, at.isoformat()))
        books.enter(holdings(request, ranking, at))
        kept = Kept(
            told=answer(request, ranking, ranking_id(request), self._method),
            at=at,
            request=asked,
            weights=self._weights,
            inputs=hashlib.sha256(inputs.encode()).hexdigest(),
            method=self._described,
            facts=facts.digest if facts else None,
            books=frozen,
        )
        return kept, facts

    def _facts_of(self, ranking: Ranking) -> FactSet | None:
        """The facts that mattered, unless the group may use so many services that they would be too many to keep."""
        board = ranking.whole.board
        group = board.ask.group
        rows = sum(len(board.table.sites.get(site, ())) for site in self._federation.agreements_of(group))
        if rows > self._frozen_services:
            return None
        return FactSet(self._federation.mark_for(group), tuple(self._federation.facts_for(group)))


def ranking_id(request: DeploymentRequested) -> RankingId:
    """The one ranking of a revision has the same id whoever makes it, however often."""
    return RankingId(str(uuid5(NAMESPACE, f"ranking/{request.deployment_id}/{request.revision}")))


def plan_ranking_id(request: PlanRequested) -> RankingId:
    """The one ranking of a plan has the same id whoever makes it, however often."""
    return RankingId(str(uuid5(NAMESPACE, f"ranking/plan/{request.plan_id}")))


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
            project=candidate.project or "",
            owner=user_of(request.owner),
            sort=ranking.whole.board.ask.sort,
        )


def _is_plan(envelope: Envelope) -> bool:
    return isinstance(envelope.body, PlanRequested)
