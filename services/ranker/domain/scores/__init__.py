"""Soft preferences: one term a file, found by being there.

A file has `term(case, weights)`: a named number in log-odds of success, with a sentence that says where it comes from.
"""

import importlib
import pkgutil
from collections.abc import Callable

from services.ranker.domain.case import Case
from services.ranker.domain.weights import Weights
from shared.contracts.ranking import ScoreTerm

Term = Callable[[Case, Weights], ScoreTerm]


def discover() -> tuple[Term, ...]:
    """Every term there is, in the order of their names."""
    return tuple(_term(name) for name in sorted(found.name for found in pkgutil.iter_modules(__path__)))


def _term(name: str) -> Term:
    term: Term = importlib.import_module(f"{__name__}.{name}").term
    return term
