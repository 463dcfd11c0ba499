"""What is expected of any service of its type."""

from math import log

from services.ranker.domain.case import Case
from services.ranker.domain.weights import Weights
from shared.contracts.ranking import ScoreTerm


def term(case: Case, weights: Weights) -> ScoreTerm:
    """The log-odds of the prior."""
    kind = case.offer.service.type
    success = weights.prior_of(kind).success
    sentence = f"Of trials at services of type {kind}, {success:.0%} are expected to succeed."
    return ScoreTerm(name="prior", value=log(success / (1 - success)), sentence=sentence)
