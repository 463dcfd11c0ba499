"""Ways to score what fits: one strategy a file, found by being there.

A file has `score(case, weights, terms)`, which gives a score whose index is higher for what should be tried earlier.
The first line of the file says what it is; the file's name is the strategy's.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from services.ranker.domain.case import Case
from services.ranker.domain.scores import Term
from services.ranker.domain.weights import Weights
from shared.contracts.ranking import Score

Scoring = Callable[[Case, Weights, tuple[Term, ...]], Score]


@dataclass(frozen=True, slots=True)
class Strategy:
    """A strategy by its name, with a sentence."""

    name: str
    sentence: str
    score: Scoring


def discover() -> dict[str, Strategy]:
    """Every strategy there is, by name."""
    found = (_strategy(module.name) for module in pkgutil.iter_modules(__path__))
    return {strategy.name: strategy for strategy in found}


def _strategy(name: str) -> Strategy:
    module = importlib.import_module(f"{__name__}.{name}")
    score: Scoring = module.score
    return Strategy(name.replace("_", "-"), (module.__doc__ or "").strip().split("\n", 1)[0], score)
