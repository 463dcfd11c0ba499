"""What was last seen of the service; the older, the less it says."""

from datetime import timedelta

from services.ranker.domain.case import Case
from services.ranker.domain.weights import Weights
from shared.contracts.ranking import ScoreTerm

NAME = "observation"


def term(case: Case, weights: Weights) -> ScoreTerm:
    """Something for a service that answers, much against one that does not, nothing when nobody looked."""
    sight = case.sight
    if sight is None:
        return ScoreTerm(name=NAME, value=0.0, sentence=f"Nobody has looked at {case.offer.name} yet.")
    age = max(timedelta(), case.ask.at - sight.at)
    worth = weights.available if sight.available else weights.unavailable
    seen = "available" if sight.available else "unavailable"
    sentence = f"{sight.collector} saw it {seen} {age.total_seconds():.0f} s ago."
    return ScoreTerm(name=NAME, value=worth * 0.5 ** (age / weights.observation_half_life), sentence=sentence)
