"""Makes a ranking again from what was kept of it, by the method it was made with or by another."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from services.ranker.domain.ask import user_of
from services.ranker.domain.books import Books
from services.ranker.domain.feasible import Filter
from services.ranker.domain.federation import Federation
from services.ranker.domain.frozen import FrozenBooks, thaw
from services.ranker.domain.rank import VERSION, Method, Ranking, rank
from services.ranker.domain.rules.rule import Rules
from services.ranker.domain.rules.ruled import FILTER, ruled
from services.ranker.domain.scores import Term
from services.ranker.domain.strategies import Strategy
from services.ranker.domain.weights import Weights
from services.ranker.ports import Kept
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.envelope import Envelope

RULES: TypeAdapter[Rules] = TypeAdapter(Rules)
NO_FACTS = Federation().mark_for(None)
"""What the set is called that has nothing in it."""


class NotKept(LookupError):
    """The facts or the books of a ranking were too large to keep, or are kept no more; or its method is gone."""


@dataclass(frozen=True)
class Toolbox:
    """All there is to make methods of, by name."""

    filters: Sequence[Filter]
    terms: Sequence[Term]
    strategies: Mapping[str, Strategy]


def made_again(kept: Kept, facts: Sequence[Envelope], method: Method) -> Ranking:
    """The ranking of the same request at the same time, from the same facts and books, with `method`.

    Sites that the group had no agreement with are left out. Raises `NotKept`.
    """
    if not facts and kept.facts not in (None, NO_FACTS):
        raise NotKept("What this ranking was made from is not kept.")
    return made_again_in(kept, folded(facts), method)


def made_again_in(kept: Kept, federation: Federation, method: Method) -> Ranking:
    """The same, in a federation whose facts are folded already. Raises `NotKept`."""
    if kept.books is None:
        raise NotKept("What this ranking was made from is not kept.")
    request = DeploymentRequested.model_validate({**json.loads(kept.request), "template": ""})
    recalled = thaw(FrozenBooks.model_validate_json(kept.books), user_of(request.owner))
    books = Books(recalled, federation.counted(), method.weights.fading)
    return rank(request, federation, books, kept.at, method)


def folded(facts: Sequence[Envelope]) -> Federation:
    """A federation of which just these facts are known."""
    federation = Federation()
    for told in facts:
        federation.fold(told)
    return federation


def as_it_was(kept: Kept, tools: Toolbox, strategy: str | None = None, rules: Rules | None = None) -> Method:
    """The method that a ranking was made with; with another strategy or other rules, if they are given.

    Raises `NotKept` if the arithmetic has changed since, or something it was made of is gone.
    """
    said = json.loads(kept.method or "{}")
    if said.get("version") != VERSION:
        raise NotKept(
            f"It was ranked by version {said.get('version', 'unknown')} of the arithmetic; this is {VERSION}."
        )
    filters, terms = {one.name: one for one in tools.filters}, {one.name: one for one in tools.terms}
    try:
        plain = Method(
            tuple(filters[name] for name in said["filters"] if name != FILTER),
            tuple(terms[name] for name in said["terms"]),
            tools.strategies[strategy or said["strategy"]],
            Weights.model_validate_json(kept.weights),
            most=said["most"],
            most_rejected=said["most_rejected"],
        )
    except KeyError as gone:
        raise NotKept(f"It was ranked with {gone.args[0]!r}, which is there no more.") from gone
    return ruled(plain, RULES.validate_python(said.get("rules", [])) if rules is None else rules)
