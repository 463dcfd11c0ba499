"""A method that obeys rules: a filter more, terms that weigh more or less, and a strategy whose order they change."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

import cel
import numpy as np

from services.ranker.domain.board import Board
from services.ranker.domain.case import Case, Reason
from services.ranker.domain.columns import Floats, Mask, Rows
from services.ranker.domain.feasible import Filter
from services.ranker.domain.judgement import Judgement
from services.ranker.domain.offer import Offer
from services.ranker.domain.rank import Method
from services.ranker.domain.rules.condition import Condition, condition
from services.ranker.domain.rules.names import offer_names, request_names
from services.ranker.domain.rules.rule import Rule, Rules
from services.ranker.domain.scores import Term
from services.ranker.domain.stage import Stage
from services.ranker.domain.strategies import Strategy
from services.ranker.domain.worth import Worth

FILTER = "rules"
READY = 1 << 15
"""So many offers' names are kept ready."""
Terms = tuple[Term, ...]
Holds = Callable[[Rule, Board, Rows], Mask]


def ruled(method: Method, rules: Rules) -> Method:
    """The method under these rules, which have their say in this order: of several classes the last one counts."""
    if not rules:
        return method
    holds = _holds(method.terms)
    return replace(
        method,
        filters=(*method.filters, _refusing([rule for rule in rules if rule.reject], holds)),
        terms=tuple(
            _weighed(term, [rule for rule in rules if term.name in rule.weigh], holds) for term in method.terms
        ),
        strategy=_ordered(method.strategy, [rule for rule in rules if rule.orders], holds),
        rules=rules,
    )


def places_where(rule: Rule, board: Board, rows: Rows, terms: Terms) -> Iterator[str]:
    """The names of the offers at these rows where the rule holds."""
    for row in rows[_holds(terms)(rule, board, rows)].tolist():
        yield "/".join(board.table.offers[row].place)


def _holds(terms: Terms) -> Holds:
    """Where a rule holds, asked of whole columns; terms are what they were before any rule weighed them."""
    measures = {term.name.replace("-", "_"): term.worth for term in terms}

    def holds(rule: Rule, board: Board, rows: Rows) -> Mask:
        asked = condition(rule.when)
        names = request_names(board.ask)
        decided = asked.decided(names)
        if decided is not None:
            return np.full(len(rows), decided, np.bool_)
        if not asked.roots & {"terms", *names}:
            return board.table.every(("rule", rule.when), lambda offer: asked.holds(_context(offer)))[rows]
        values = {name: measures[name](board, rows).value for name in sorted(asked.terms)}
        used = {name: value for name, value in names.items() if name in asked.roots}
        return np.array([_holds_at(asked, board, row, used, _at(values, n)) for n, row in enumerate(rows)], np.bool_)

    return holds


def _at(values: Mapping[str, Floats], position: int) -> dict[str, float]:
    return {name: float(column[position]) for name, column in values.items()}


def _holds_at(asked: Condition, board: Board, row: int, used: Mapping[str, object], terms: Mapping[str, float]) -> bool:
    context = _context(board.table.offers[row])
    context.update({**used, "terms": dict(terms)})
    return asked.holds(context)


@lru_cache(maxsize=READY)
def _context(offer: Offer) -> cel.Context:
    """What a condition may ask of an offer; whoever asks of the request too says that anew each time."""
    return cel.Context(offer_names(offer))


def _refusing(rules: list[Rule], holds: Holds) -> Filter:
    def check(board: Board, rows: Rows) -> Mask:
        refused = np.zeros(len(rows), np.bool_)
        for rule in rules:
            refused |= holds(rule, board, rows)
        return ~refused

    def reason(case: Case) -> Reason:
        row = np.array([case.row], np.intp)
        rule = next(rule for rule in rules if holds(rule, case.board, row)[0])
        sentence = rule.reject or ""
        return Reason(f"what the rule {rule.name} allows", case.offer.name, sentence, rule.unless)

    return Filter(FILTER, Stage.RULED, check, reason)


def _weighed(term: Term, rules: list[Rule], holds: Holds) -> Term:
    if not rules:
        return term

    def worth(board: Board, rows: Rows) -> Worth:
        plain, times = term.worth(board, rows), np.ones(len(rows))
        for rule in rules:
            times = np.where(holds(rule, board, rows), times * rule.weigh[term.name], times)
        odds = None if plain.odds is None else np.asarray(plain.odds * times)
        return Worth(plain.value, odds, None if plain.seconds is None else np.asarray(plain.seconds * times))

    return replace(term, worth=worth)


def _ordered(strategy: Strategy, rules: list[Rule], holds: Holds) -> Strategy:
    if not rules:
        return strategy

    def judge(board: Board, rows: Rows, terms: Terms) -> Judgement:
        judged = strategy.judge(board, rows, terms)
        rank, times = judged.rank, np.ones(len(judged.rows))
        said: dict[int, list[str]] = {}
        for rule in rules:
            found = holds(rule, board, judged.rows)
            rank = rank if rule.priority is None else np.where(found, float(rule.priority), rank)
            times = np.where(found, times * rule.times, times)
            for row in judged.rows[found].tolist():
                said.setdefault(row, []).append(f"the rule {rule.name} {', '.join(rule.effects())}")
        if not said:
            return judged
        index = np.where(judged.index >= 0, judged.index * times, judged.index / times)
        worths = (*judged.worths, (_spoken(said), Worth(np.asarray(times / (1 + times)))))
        by_time = judged.by_time and bool((times == 1).all())
        return replace(judged, rank=rank, index=index, worths=worths, by_time=by_time)

    return replace(strategy, judge=judge)


def _spoken(said: Mapping[int, list[str]]) -> Term:
    """The last term: which rules have had their say, for each row."""

    def sentence(case: Case, _: float) -> str:
        words = "; ".join(said.get(case.row, ["no rule says anything of it"]))
        return f"{words[:1].upper()}{words[1:]}."

    return Term(FILTER, _even, sentence)


def _even(_: Board, rows: Rows) -> Worth:
    return Worth(np.full(len(rows), 0.5))
