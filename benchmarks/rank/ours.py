"""`python -m benchmarks.rank.ours SHARE`: what one ranking costs when such a share of the sites is under agreement."""

import gc
import sys
import time
from collections.abc import Callable
from statistics import median

from pydantic import BaseModel

from benchmarks.rank.federation import NOON, described_anew, grown, observed_anew, request, used
from services.ranker.domain import feasible, scores, strategies
from services.ranker.domain.books import Books
from services.ranker.domain.federation import Federation
from services.ranker.domain.rank import Method, Ranking, rank
from services.ranker.domain.weights import Weights

WARM, ROUNDS, CHANGES = 10, 40, 5


class Cost(BaseModel):
    """CPU milliseconds of one ranking, told reasons and candidates included, and how many services there were.

    `first` is after the start; `warm` the median with facts unchanged, group and amounts changing; `seen` after every
    collector of a site was heard again; `anew` after a site was described anew.
    """

    services: int
    fitting: int
    first: float
    warm: float
    seen: float
    anew: float


def measure(share: float) -> Cost:
    """The costs of a federation of a thousand sites."""
    federation, method = grown(share), Method(feasible.discover(), scores.discover(), _strategy(), Weights())
    books = Books(used(federation), federation.counted(), method.weights.fading)
    numbers = iter(range(10_000))

    def ranked() -> Ranking:
        return rank(request(next(numbers)), federation, books, NOON, method)

    gc.collect()
    gc.freeze()
    first, ranking = _spent(ranked), ranked()
    for _ in range(WARM):
        ranked()
    warm = median(_spent(ranked) for _ in range(ROUNDS))
    seen = median(_after(federation, observed_anew, ranked) for _ in range(CHANGES))
    anew = median(_after(federation, described_anew, ranked) for _ in range(CHANGES))
    services, fitting = len(federation.table()), len(ranking.whole.judged.rows)
    return Cost(services=services, fitting=fitting, first=first, warm=warm, seen=seen, anew=anew)


def _strategy() -> strategies.Strategy:
    return strategies.discover()["index"]


def _after(federation: Federation, change: Callable[[Federation], None], ranked: Callable[[], Ranking]) -> float:
    change(federation)
    return _spent(ranked)


def _spent(call: Callable[[], Ranking]) -> float:
    before = time.process_time()
    call()
    return (time.process_time() - before) * 1000


if __name__ == "__main__":
    print(measure(float(sys.argv[1])).model_dump_json())
