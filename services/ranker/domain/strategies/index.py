"""Success probability over expected time: trying sites in this order finds one that works soonest.

With p the chance of success and c the expected time of a trial, site i belongs before site j exactly when p/c of i is
the higher: the least-cost search problem. The index of one site does not depend on the others.
"""

from math import exp

from services.ranker.domain.case import Case
from services.ranker.domain.scores import Term
from services.ranker.domain.weights import Weights
from shared.contracts.ranking import Score, ScoreTerm

LEAST, MOST = 0.01, 0.99


def score(case: Case, weights: Weights, terms: tuple[Term, ...]) -> Score:
    """The index and its arithmetic."""
    prior = weights.prior_of(case.offer.service.type)
    odds = tuple(term(case, weights) for term in terms)
    success = probability(sum(term.value for term in odds))
    good, bad = prior.seconds_to_succeed, prior.seconds_to_fail
    expected = success * good + (1 - success) * bad
    sentence = f"{good:.0f} s if it succeeds, {bad:.0f} s if it fails, {success:.0%} likely to succeed."
    time = ScoreTerm(name="expected-seconds", value=expected, sentence=sentence)
    return Score(index=index(success, good, bad), success=success, expected=expected, terms=(*odds, time))


def probability(log_odds: float) -> float:
    """Between 1 % and 99 %: nothing is certain, and every site keeps a chance."""
    return min(MOST, max(LEAST, 1 / (1 + exp(-max(-30.0, min(30.0, log_odds))))))


def index(success: float, seconds_to_succeed: float, seconds_to_fail: float) -> float:
    """Success probability per expected second."""
    return success / (success * seconds_to_succeed + (1 - success) * seconds_to_fail)
