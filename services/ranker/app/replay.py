"""Replays rankings that were made: who would have been first by another strategy, or under other rules."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.ranker.app.again import NotKept, Toolbox, as_it_was, folded, made_again_in
from services.ranker.domain.counterfactual import to_be_first
from services.ranker.domain.federation import Federation
from services.ranker.domain.rank import Ranking
from services.ranker.domain.rules.rule import Rules
from services.ranker.ports import Kept, Records
from shared.contracts.ranking import Candidate, SitesRanked

NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Replayed:
    """One ranking, then and again. `same` is about who is first, `identical` about every byte of the candidates.

    Without `again` it could not be replayed, and `why` says so; else `why` says what moved who was first then.
    """

    deployment: str
    revision: int
    at: datetime
    was: str
    again: str | None
    same: bool
    identical: bool
    why: str = ""


class Replay:
    """Rankings with what they were made from. A `strategy` or `rules` that are not given are those of then."""

    def __init__(
        self, records: Records, tools: Toolbox, strategy: str | None = None, rules: Rules | None = None
    ) -> None:
        self._records = records
        self._tools = tools
        self._strategy = strategy
        self._rules = rules
        self._federation: tuple[str | None, Federation | None] = (None, None)

    async def since(self, then: datetime) -> AsyncIterator[Replayed]:
        """Every ranking made then or later, oldest first. Nothing is told or kept."""
        async for kept in self._records.since(then):
            yield await self.one(kept)

    async def one(self, kept: Kept) -> Replayed:
        """One of them."""
        try:
            method = as_it_was(kept, self._tools, self._strategy, self._rules)
            ranking = made_again_in(kept, await self._facts_of(kept), method)
        except NotKept as reason:
            return _told(kept, None, identical=False, why=str(reason))
        then, now = _candidates(kept), ranking.candidates
        identical = _bytes(then) == _bytes(now)
        return _told(kept, _first(now), identical=identical, why=_why(then, ranking))

    async def _facts_of(self, kept: Kept) -> Federation:
        """The federation of then; of rankings one after the other that saw the same, it is folded once."""
        if kept.facts is None:
            raise NotKept("The facts that this ranking was made from were too many to keep.")
        digest, federation = self._federation
        if federation is None or digest != kept.facts:
            facts = await self._records.facts(kept.facts)
            if facts is None:
                raise NotKept("The facts that this ranking was made from are kept no more.")
            federation = folded(facts)
            self._federation = (kept.facts, federation)
        return federation


def _told(kept: Kept, again: str | None, *, identical: bool, why: str) -> Replayed:
    was = _first(_candidates(kept))
    same = was == again
    return Replayed(
        deployment=kept.told.deployment_id,
        revision=kept.told.revision,
        at=kept.at,
        was=was,
        again=again,
        same=same,
        identical=identical,
        why="" if same else why,
    )


def _candidates(kept: Kept) -> Sequence[Candidate]:
    return kept.told.candidates if isinstance(kept.told, SitesRanked) else ()


def _first(candidates: Sequence[Candidate]) -> str:
    return f"{candidates[0].site}/{candidates[0].service}" if candidates else NOWHERE


def _bytes(candidates: Sequence[Candidate]) -> list[str]:
    return [candidate.model_dump_json() for candidate in candidates]


def _why(then: Sequence[Candidate], ranking: Ranking) -> str:
    """What was said against who was first then; or, if nobody was, for who is now."""
    if not then:
        return f"Somebody fits now: {_first(ranking.candidates)}."
    former = (then[0].site, then[0].service)
    reasons = (one for one in ranking.whole.rejected() if (one.site, one.service) == former)
    if (refused := next(reasons, None)) is not None:
        return refused.sentence
    judged, board = ranking.whole.judged, ranking.whole.board
    for place, position in enumerate(judged.order().tolist(), start=1):
        if board.table.offers[judged.rows[position]].place == former:
            first = int(ranking.whole.order[0])
            return f"{former[0]} is at place {place}. {to_be_first(board, judged, first, position)}".strip()
    return f"{former[0]} is not there any more."
