"""How our own trials at the service went lately."""

from services.ranker.domain.case import Case
from services.ranker.domain.weights import Weights
from shared.contracts.ranking import ScoreTerm


def term(case: Case, weights: Weights) -> ScoreTerm:
    """So much less for each recent failure that was the site's fault."""
    if case.failures == 0:
        return ScoreTerm(name="recent-failures", value=0.0, sentence="No trial has failed there lately.")
    sentence = f"Trials failed there lately: {case.failures:.2f}, counting old ones less."
    return ScoreTerm(name="recent-failures", value=weights.failure * case.failures, sentence=sentence)
