"""What rules would do to a request, told before they are in force."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.ranker.domain.ask import ask_of
from services.ranker.domain.books import Books, Recalled
from services.ranker.domain.federation import Federation
from services.ranker.domain.rank import Method, Ranking, rank
from services.ranker.domain.rules.condition import condition
from services.ranker.domain.rules.names import request_names
from services.ranker.domain.rules.rule import Rule, Rules
from services.ranker.domain.rules.ruled import places_where, ruled
from shared.contracts.ranking import PlanRequested


@dataclass(frozen=True)
class Trial:
    """A request to try rules on, when, by which method, and in which federation if one is known.

    Nothing is in use and nothing was learned there.
    """

    request: PlanRequested
    at: datetime
    method: Method
    federation: Federation | None = None


def checked(rules: Rules, trial: Trial) -> Iterator[str]:
    """A line for each rule, and one that says who was first without the rules and who is with them."""
    before = _ranked(trial, ())
    for rule in rules:
        yield f"{rule.name}: {', '.join(rule.effects())}; {_where(rule, trial, before)}"
    if before is not None and (after := _ranked(trial, rules)) is not None:
        yield f"without these rules: {_order(before)}"
        yield f"with them: {_order(after)}"


def said(rules: Rules) -> Iterator[str]:
    """A line for each rule, as it was understood."""
    for rule in rules:
        yield f"{rule.name}: {', '.join(rule.effects())}; when {' '.join(rule.when.split())}"


def _where(rule: Rule, trial: Trial, before: Ranking | None) -> str:
    decided = condition(rule.when).decided(request_names(ask_of(trial.request, trial.at)))
    if decided is not None:
        return "for this request at every place" if decided else "not for this request"
    if before is None:
        return "for this request it depends on the place"
    found = list(places_where(rule, before.whole.board, before.whole.judged.rows, trial.method.terms))
    return f"for this request at {', '.join(found)}" if found else "for this request at no place that fits"


def _ranked(trial: Trial, rules: Rules) -> Ranking | None:
    if trial.federation is None:
        return None
    books = Books(Recalled(), trial.federation.counted(), trial.method.weights.fading)
    return rank(trial.request, trial.federation, books, trial.at, ruled(trial.method, rules))


def _order(ranking: Ranking) -> str:
    names = [f"{candidate.site}/{candidate.service}" for candidate in ranking.candidates]
    return ", ".join(names) or "no place fits"
